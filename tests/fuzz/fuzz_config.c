/* Any bytes as a configuration file, or (a line each) as the arguments of a command:
   settings or a message, never a crash. What is accepted can be recorded in a model. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "base/fail.h"
#include "baseline/baseline.h"
#include "cli/commands.h"
#include "cli/parse.h"

enum { MOST_ARGUMENTS = 64 };

/* Each command, and those that take a method with each. */
static void choose(uint32_t number, cli_call *call, char **argv, int *argc)
{
    uint32_t commands = 0, methods = 0;
    while (cli_commands[commands].name)
        commands++;
    while (cvr_method_at((int)methods))
        methods++;
    call->command = &cli_commands[number % commands];
    if (call->command->argument == CLI_METHOD)
        argv[(*argc)++] = (char *)cvr_method_at((int)(number / commands % methods))->name;
}

static void parse(uint32_t number, char **rest, int count)
{
    cli_call call = {0};
    char *argv[MOST_ARGUMENTS + 2] = {0}, *text = NULL;
    int argc = 0;
    choose(number, &call, argv, &argc);
    for (int i = 0; i < count; i++)
        argv[argc++] = rest[i];
    if (cli_parse(argc, argv, &call) == CVR_OK &&
        cvr_settings_json(call.settings, &text) == CVR_OK) {
        json_t *json = json_loads(text, 0, NULL);
        CVR_ASSERT(json);
        json_decref(json);
    }
    free(text);
    cli_call_free(&call);
}

static void parse_file(uint32_t number, const uint8_t *bytes, size_t size)
{
    char path[64];
    int fd = memfd_create("fuzz", 0);
    CVR_ASSERT(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    parse(number, (char *[]){"--config", path}, 2);
    close(fd);
}

static void parse_arguments(uint32_t number, const uint8_t *bytes, size_t size)
{
    char *lines = strndup((const char *)bytes, size), *place = NULL;
    char *argv[MOST_ARGUMENTS];
    int argc = 0;
    CVR_ASSERT(lines);
    for (char *line = strtok_r(lines, "\n", &place); line && argc < MOST_ARGUMENTS;
         line = strtok_r(NULL, "\n", &place))
        if (strncmp(line, "--config", 8) != 0) /* would read the tester's files */
            argv[argc++] = line;
    parse(number, argv, argc);
    free(lines);
}

/* Bytes that begin with a dash are arguments; a hash of all chooses the command. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint32_t number = 2166136261u;
    for (size_t i = 0; i < size; i++)
        number = (number ^ bytes[i]) * 16777619u;
    cvr_baselines_register();
    if (size > 0 && bytes[0] == '-')
        parse_arguments(number >> 8, bytes, size);
    else
        parse_file(number >> 8, bytes, size);
    return 0;
}
