// What a browser would show of a report: runs the page's script over a small document.
//     node page.js REPORT
// Prints a line an element with text of its own ("td 0.9167"), and counts.
"use strict";
const fs = require("fs");

class Element {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, children: [], listeners: {}, off: new Set() });
    this.classList = { toggle: (one, on) => (on ? this.off.add(one) : this.off.delete(one)) };
  }
  setAttribute(name, value) {
    if (/^on/.test(name)) throw new Error(`a handler as an attribute: ${name}`);
    this.attributes[name] = String(value);
  }
  getAttribute(name) { return this.attributes[name]; }
  append(...children) {
    for (const child of children)
      if (!(child instanceof Element) && typeof child !== "string") throw new Error(`appends ${child}`);
    this.children.push(...children);
  }
  set textContent(text) { this.children = [String(text)]; }
  get textContent() { return this.children.map((c) => (c instanceof Element ? c.textContent : c)).join(""); }
  addEventListener(type, listener) { this.listeners[type] = listener; }
  getBoundingClientRect() { return { left: 0, width: 480 }; }
  all() { return [this, ...this.children.flatMap((c) => (c instanceof Element ? c.all() : []))]; }
}

const page = fs.readFileSync(process.argv[2], "utf8");
const body = new Element("body");
const named = {};
for (const [, name, id] of page.replace(/<script>[^]*/, "").matchAll(/<([a-z0-9]+)[^>]* id="([^"]*)"/g)) {
  named[id] = new Element(name);
  body.append(named[id]);
}
named.results.textContent = page.match(/id="results">(.*)<\/script>/)[1];
const everything = () => body.all().filter((element) => element !== named.results);
const document = {
  getElementById: (id) => named[id],
  createElement: (name) => new Element(name),
  createElementNS: (space, name) => new Element(name),
  querySelectorAll: (selector) => {
    const [, name, value] = selector.match(/^\[([a-z-]+)="(.*)"\]$/);
    return everything().filter((element) => element.attributes[name] === value);
  },
};
const script = page.match(/<script>\n([^]*?)<\/script>/)[1];
new Function("document", "addEventListener", script)(document, () => {});

const figures = everything().filter(({ name }) => name === "figure");
let read = 0;
for (const figure of figures) {
  const drawing = figure.all().find(({ listeners }) => listeners.keydown);
  if (!drawing) continue;
  const output = figure.all().find(({ name }) => name === "output");
  const texts = ["Home", "End"].map((key) => {
    drawing.listeners.keydown({ key, preventDefault() {} });
    return output.textContent;
  });
  read += texts[0] !== "" && texts[1] !== "" && texts[0] !== texts[1];
}
for (const element of everything()) {
  for (const value of Object.values(element.attributes))
    if (/NaN|undefined|Infinity/.test(value)) throw new Error(`<${element.name}> has ${value}`);
  if (!["g", "svg", "tr", "tbody", "thead", "table", "body"].includes(element.name))
    console.log(element.name, element.textContent);
}
const button = everything().find(({ name }) => name === "button");
if (button) button.listeners.click();
console.log("figures", figures.length);
console.log("reads", read, "figures by keys");
console.log("hides", everything().filter(({ off }) => off.has("off")).length, "curves of a SPEC");
console.log("scripts", everything().filter(({ name }) => name === "script").length);
