/* The first bytes of kinds of files, as file(1) knows them. */
#define _GNU_SOURCE
#include "data/foreign.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char table[] = "write the table as CSV";
static const char matlab[] = "save it for version 7 of MATLAB (save -v7), or as NPZ";
static const char numpy[] = "write arrays with numpy.save or numpy.savez";
static const char image[] = "put all images into one NPY file, rows x height x width x 3";
static const char unpack[] = "decompress it first; only gzip (.gz) is supported";
static const char weights[] = "a model is named by --model";

#define BYTES(text) text, sizeof text - 1
static const struct {
    size_t at;
    const char *bytes;
    size_t length;
    const char *kind, *hint;
} kinds[] = {
    {0, BYTES("\x89HDF\r\n\x1a\n"), "an HDF5 file", matlab},
    {512, BYTES("\x89HDF\r\n\x1a\n"), "a MATLAB 7.3 file, which is HDF5", matlab},
    {0, BYTES("MATLAB 7.3"), "a MATLAB 7.3 file, which is HDF5", matlab},
    {0, BYTES("PAR1"), "a Parquet file", table},
    {0, BYTES("ARROW1"), "an Arrow (Feather) file", table},
    {0, BYTES("FEA1"), "a Feather file", table},
    {0, BYTES("Obj\x01"), "an Avro file", table},
    {0, BYTES("ORC"), "an ORC file", table},
    {0, BYTES("SQLite format 3"), "an SQLite database", table},
    {0, BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old Office file (.xls)", table},
    {0, BYTES("$FL2"), "an SPSS file", table},
    {0, BYTES("<stata_dta>"), "a Stata file", table},
    {0, BYTES("RDX"), "an R data file", table},
    {0, BYTES("X\n\0\0\0"), "an R data file", table},
    {0, BYTES("\x80\x02"), "a Python pickle", numpy},
    {0, BYTES("\x80\x03"), "a Python pickle", numpy},
    {0, BYTES("\x80\x04"), "a Python pickle", numpy},
    {0, BYTES("\x80\x05"), "a Python pickle", numpy},
    {0, BYTES("\x89PNG\r\n"), "one PNG image", image},
    {0, BYTES("\xff\xd8\xff"), "one JPEG image", image},
    {0, BYTES("GIF8"), "one GIF image", image},
    {0, BYTES("%PDF"), "a PDF document", table},
    {0, BYTES("BZh"), "compressed by bzip2", unpack},
    {0,
     BYTES("\xfd"
           "7zXZ"),
     "compressed by xz", unpack},
    {0, BYTES("\x28\xb5\x2f\xfd"), "compressed by zstd", unpack},
    {0, BYTES("7z\xbc\xaf"), "a 7z archive", unpack},
    {0, BYTES("Rar!"), "a RAR archive", unpack},
    {257, BYTES("ustar"), "a tar archive", unpack},
};
enum { KINDS = sizeof kinds / sizeof *kinds, MANY = 16 << 10 };

/* Beginnings of texts that are not tables, in small letters. */
static const struct {
    const char *begin, *kind, *hint;
} texts[] = {
    {"@relation", "an ARFF file (Weka)",
     "make it CSV: put the attributes' names, with commas between, for the lines up to "
     "@data"},
    {"<!doctype html", "a web page", "download the file itself"},
    {"<html", "a web page", "download the file itself"},
    {"<?xml", "an XML file", table},
    {"{\"", "a JSON file", table},
    {"[{", "a JSON file", table},
    {"%%matrixmarket", "a Matrix Market file", "write it as LIBSVM text, CSV or NPY"},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static cvr_status refuse(const char *path, const char *kind, const char *hint)
{
    cvr_fail(CVR_BAD_DATA, "%s: this is %s, which is not supported", path, kind);
    cvr_hint("%s", hint);
    return CVR_BAD_DATA;
}

/* A table of text may begin with any of the words above. */
static bool is_text(const unsigned char *head, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (head[i] < ' ' && !isspace(head[i]))
            return false;
    return true;
}

/* The first line that is not blank and no remark ('%', in ARFF). */
static const char *first_line(const char *p, const char *end)
{
    while (p < end && (isspace((unsigned char)*p) || (*p == '%' && p[1] != '%'))) {
        const char *stop = *p == '%' ? memchr(p, '\n', (size_t)(end - p)) : p;
        p = stop ? stop + 1 : end;
    }
    return p;
}

static cvr_status check_text(const char *path, const unsigned char *head, size_t size)
{
    const char *end = (const char *)head + size;
    const char *line = first_line((const char *)head, end);
    for (size_t i = 0; i < TEXTS; i++) {
        size_t length = strlen(texts[i].begin);
        if ((size_t)(end - line) >= length &&
            strncasecmp(line, texts[i].begin, length) == 0)
            return refuse(path, texts[i].kind, texts[i].hint);
    }
    return CVR_OK;
}

cvr_status cvr_foreign_check(const char *path, const unsigned char *head, size_t size)
{
    if (is_text(head, size))
        return check_text(path, head, size);
    if (size >= MANY && head[0] == 0 && memcmp(head, head + 1, size - 1) == 0)
        return cvr_fail(
            CVR_BAD_DATA,
            "%s: the file begins with %zu bytes of zero: there is nothing in it", path,
            size);
    for (size_t i = 0; i < KINDS; i++)
        if (size >= kinds[i].at + kinds[i].length &&
            memcmp(head + kinds[i].at, kinds[i].bytes, kinds[i].length) == 0)
            return refuse(path, kinds[i].kind, kinds[i].hint);
    if (size > 9 && head[8] == '{' && head[6] == 0 && head[7] == 0)
        return refuse(path, "a safetensors file", weights);
    if (size > 4 && memcmp(head, "PK\3\4", 4) == 0 && !memmem(head, size, ".npy", 4))
        return memmem(head, size, "[Content_Types]", 15)
                   ? refuse(path, "an Excel or other Office file", table)
                   : refuse(path, "a zip archive without arrays (NPZ)", unpack);
    return CVR_OK;
}
