/* Files for tests, in a folder of their own that is removed at the end. */
#ifndef CVR_TESTS_FILES_H
#define CVR_TESTS_FILES_H

#include <stddef.h>

/* Group setup and teardown: makes the folder, removes it with what is in it. */
int cvr_test_folder(void **state);
int cvr_test_remove(void **state);

/* The path of a name in the folder; valid until eight calls later. */
const char *cvr_test_path(const char *name);
/* Writes bytes, or a text, or bytes compressed by gzip; returns the path. */
const char *cvr_test_file(const char *name, const void *bytes, size_t size);
const char *cvr_test_text(const char *name, const char *text);
const char *cvr_test_gz(const char *name, const void *bytes, size_t size);
/* How many files the folder has. */
int cvr_test_entries(void);

#endif
