/* Files that appear whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/bytes.h"

static char folder[] = "/tmp/cvr-atomic-XXXXXX";
static char target[128];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(target, sizeof target, "%s/out", folder);
    return 0;
}

static int entries(void)
{
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));)
        count += e->d_name[0] != '.';
    closedir(d);
    return count;
}

static int empty_folder(void **state)
{
    (void)state;
    char path[512];
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
    }
    closedir(d);
    return 0;
}

static int remove_folder(void **state)
{
    empty_folder(state);
    return rmdir(folder);
}

static void write_text(const char *path, const char *text)
{
    cvr_atomic a = {0};
    assert_int_equal(cvr_atomic_open(path, &a), CVR_OK);
    assert_int_equal(cvr_atomic_write(&a, text, strlen(text)), CVR_OK);
    assert_int_equal(cvr_atomic_commit(&a), CVR_OK);
}

static void assert_holds(const char *path, const char *text)
{
    char read[64] = "";
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    read[fread(read, 1, sizeof read - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(read, text);
}

static void commit_makes_the_whole_file(void **state)
{
    (void)state;
    write_text(target, "one");
    assert_holds(target, "one");
    write_text(target, "another");
    assert_holds(target, "another");
    assert_int_equal(entries(), 1);
}

static void discard_keeps_the_old_file(void **state)
{
    (void)state;
    cvr_atomic a = {0};
    write_text(target, "old");
    assert_int_equal(cvr_atomic_open(target, &a), CVR_OK);
    fprintf(a.file, "half");
    cvr_atomic_discard(&a);
    cvr_atomic_discard(&a);
    assert_holds(target, "old");
    assert_int_equal(entries(), 1);
}

static void mode_and_link_survive(void **state)
{
    (void)state;
    char link[160];
    struct stat s;
    write_text(target, "old");
    assert_int_equal(chmod(target, 0640), 0);
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("out", link), 0);
    write_text(link, "new");
    assert_holds(target, "new");
    assert_int_equal(lstat(link, &s), 0);
    assert_true(S_ISLNK(s.st_mode));
    assert_int_equal(stat(target, &s), 0);
    assert_int_equal(s.st_mode & 07777, 0640);
}

static void missing_folder_is_named(void **state)
{
    (void)state;
    cvr_atomic a = {0};
    char sentence[256], path[160];
    snprintf(path, sizeof path, "%s/none/out", folder);
    snprintf(sentence, sizeof sentence, "cannot write %s: No such file or directory",
             path);
    assert_int_equal(cvr_atomic_open(path, &a), CVR_IO);
    assert_string_equal(cvr_last_error(), sentence);
    assert_int_equal(cvr_atomic_open(folder, &a), CVR_IO);
    assert_non_null(strstr(cvr_last_error(), "Is a directory"));
}

/* /dev/full is a device: it is written in place, never renamed away. */
static void full_disk_is_an_error(void **state)
{
    (void)state;
    cvr_atomic a = {0};
    struct stat s;
    assert_int_equal(cvr_atomic_open("/dev/full", &a), CVR_OK);
    fprintf(a.file, "x");
    assert_int_equal(cvr_atomic_commit(&a), CVR_IO);
    assert_string_equal(cvr_last_error(),
                        "cannot write /dev/full: No space left on device");
    assert_int_equal(stat("/dev/full", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
    char *large = calloc(1, 1 << 20);
    assert_int_equal(cvr_atomic_open("/dev/full", &a), CVR_OK);
    assert_int_equal(cvr_atomic_write(&a, large, 1 << 20), CVR_IO);
    cvr_atomic_discard(&a);
    assert_int_equal(cvr_atomic_open("/dev/full", &a), CVR_OK);
    fwrite(large, 1, 1 << 20, a.file); /* the reason of an earlier failure is not lost */
    fflush(a.file);
    errno = 0;
    assert_int_equal(cvr_atomic_commit(&a), CVR_IO);
    assert_non_null(strstr(cvr_last_error(), "No space left on device"));
    free(large);
    write_text("/dev/null", "swallowed");
}

static void no_memory_leaves_nothing(void **state)
{
    (void)state;
    cvr_atomic a = {0};
    for (int nth = 1; nth <= 3; nth++) {
        cvr_alloc_fail_at(nth);
        assert_int_equal(cvr_atomic_open(target, &a), CVR_NO_MEMORY);
        cvr_alloc_fail_at(0);
        assert_null(a.file);
        assert_int_equal(entries(), 0);
    }
}

/* A name in the folder, and a file there. */
static int make_file(const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return open(path, O_WRONLY | O_CREAT, 0600);
}

static bool exists(const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void what_the_dead_have_left_is_removed(void **state)
{
    (void)state;
    int living = make_file("out.tmp-2-0");
    close(make_file("out.tmp-1-0"));
    close(make_file("out.tmp-1-17"));
    close(make_file("out.tmp-notes"));
    close(make_file("out.tmp-1-0.txt"));
    close(make_file("other.tmp-1-0"));
    assert_int_equal(flock(living, LOCK_EX), 0);
    write_text(target, "one");
    assert_holds(target, "one");
    assert_false(exists("out.tmp-1-0"));
    assert_false(exists("out.tmp-1-17"));
    assert_true(exists("out.tmp-2-0"));
    assert_true(exists("out.tmp-notes"));
    assert_true(exists("out.tmp-1-0.txt"));
    assert_true(exists("other.tmp-1-0"));
    close(living);
}

/* At the moment of death the file is being written, or has been written and not named. */
static void a_writer_that_dies_leaves_nothing_for_long(void **state)
{
    (void)state;
    write_text(target, "old");
    pid_t child = fork();
    if (child == 0) {
        cvr_atomic a = {0};
        if (cvr_atomic_open(target, &a) == CVR_OK && fprintf(a.file, "half") == 4)
            fflush(a.file);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_holds(target, "old");
    write_text(target, "new");
    assert_holds(target, "new");
    assert_int_equal(entries(), 1);
}

#define CASE(test) cmocka_unit_test_teardown(test, empty_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(commit_makes_the_whole_file),
        CASE(discard_keeps_the_old_file),
        CASE(mode_and_link_survive),
        CASE(missing_folder_is_named),
        CASE(full_disk_is_an_error),
        CASE(no_memory_leaves_nothing),
        CASE(what_the_dead_have_left_is_removed),
        CASE(a_writer_that_dies_leaves_nothing_for_long),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
