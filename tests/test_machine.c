/* What control groups leave to a process, from trees of files made for the purpose. */
#define _GNU_SOURCE
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/machine.h"

static char root[64];

/* A file under the root, with its folders. */
static void put(const char *path, const char *text)
{
    char whole[400];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = whole + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(whole, 0777);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int begin(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/cvr-machine-XXXXXX");
    if (!mkdtemp(root))
        return 1;
    put("/proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    8000 kB\n");
    put("/proc/self/statm", "100 50 10 1 0 20 0\n");
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void assert_memory(int64_t bytes)
{
    assert_int_equal(bytes, cvr_memory_available_under(root));
}

static void assert_quota(double processors)
{
    assert_true(cvr_cpu_quota_under(root) == processors);
}

#define MOUNT_2 "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"

static void without_groups_the_machine_counts(void **state)
{
    (void)state;
    assert_memory(8000 * 1024);
    assert_quota(INFINITY);
}

static void every_group_above_limits(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/slurm/job_7/step_0\n");
    put("/proc/self/mountinfo", "23 1 0:21 / / rw - ext4 /dev/vda rw\n" MOUNT_2);
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.current", "1000\n");
    assert_memory(8000 * 1024);
    put("/sys/fs/cgroup/slurm/job_7/memory.max", "5000000\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.current", "2000000\n");
    assert_memory(3000000);
    put("/sys/fs/cgroup/slurm/memory.max", "4000000\n");
    put("/sys/fs/cgroup/slurm/memory.current", "3500000\n");
    assert_memory(500000);
    put("/sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
    assert_quota(INFINITY);
    put("/sys/fs/cgroup/slurm/job_7/cpu.max", "250000 100000\n");
    put("/sys/fs/cgroup/slurm/cpu.max", "400000 100000\n");
    assert_quota(2.5);
}

/* Files that were read fill a group up to its limit; they go when memory is wanted. */
static void files_in_memory_make_room(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a\n");
    put("/proc/self/mountinfo", MOUNT_2);
    put("/sys/fs/cgroup/a/memory.max", "4000000\n");
    put("/sys/fs/cgroup/a/memory.current", "4000000\n");
    assert_memory(0);
    put("/sys/fs/cgroup/a/memory.stat",
        "anon 1000000\nfile 3000000\ninactive_anon 5\nactive_file 1000000\n"
        "inactive_file 2000000\n");
    assert_memory(3000000);
}

#define MOUNT_1(controller, from)                                                        \
    "40 30 0:30 " from " /sys/fs/cgroup/" controller                                     \
    " rw - cgroup cgroup rw," controller "\n"

static void the_first_version_has_a_tree_for_each_controller(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "11:cpu,cpuacct:/batch\n4:memory:/job/step\n0::/\n");
    put("/proc/self/mountinfo",
        MOUNT_2 MOUNT_1("memory", "/") MOUNT_1("cpu,cpuacct", "/"));
    put("/sys/fs/cgroup/memory/job/step/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/memory/job/step/memory.usage_in_bytes", "5\n");
    assert_memory(8000 * 1024);
    put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "3000000\n");
    put("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "2500000\n");
    put("/sys/fs/cgroup/memory/job/memory.stat",
        "inactive_file 1\ntotal_inactive_file 100000\ntotal_active_file 20000\n");
    assert_memory(620000);
    put("/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000\n");
    assert_quota(INFINITY);
    put("/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "150000\n");
    assert_quota(1.5);
}

/* A container that sees the host's path, whose own group is what is mounted. */
static void a_container_is_limited_by_what_is_mounted(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "4:memory:/docker/0a1b\n");
    put("/proc/self/mountinfo", MOUNT_1("memory", "/docker/0a1b"));
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000\n");
    put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
    assert_memory(999999);
    put("/proc/self/cgroup", "4:memory:/elsewhere\n");
    assert_memory(999999);
    put("/proc/self/cgroup", "4:memory:/../../other\n");
    assert_memory(999999);
    put("/proc/self/cgroup", "4:memory:/docker/0a1b/inner\n");
    put("/sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "500\n");
    put("/sys/fs/cgroup/memory/inner/memory.usage_in_bytes", "100\n");
    assert_memory(400);
}

static void strange_files_are_no_limits(void **state)
{
    static const char *const texts[] = {
        "", "\n", "x:y", "4:memory", "0::", "::::::\n", "30 23 0:26 / /sys - cgroup2\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            put("/proc/self/cgroup", texts[i]);
            put("/proc/self/mountinfo", texts[k]);
            assert_memory(8000 * 1024);
            assert_quota(INFINITY);
        }
}

/* The limits of the process itself; a child, for they cannot be raised again. */
static void limits_on_address_space_and_data_count(void **state)
{
    static const int resources[] = {RLIMIT_AS, RLIMIT_DATA};
    int64_t page = sysconf(_SC_PAGESIZE);
    const int64_t used[] = {100 * page, 20 * page}, limit = INT64_C(1) << 46;
    (void)state;
    put("/proc/meminfo", "MemAvailable: 999999999999 kB\n");
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        int how = 0;
        if (child == 0) {
            struct rlimit soft = {(rlim_t)limit, RLIM_INFINITY};
            setrlimit(resources[i], &soft);
            _exit(cvr_memory_available_under(root) == limit - used[i] ? 0 : 1);
        }
        assert_int_equal(child, waitpid(child, &how, 0));
        assert_true(WIFEXITED(how));
        assert_int_equal(0, WEXITSTATUS(how));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(without_groups_the_machine_counts),
        TEST(every_group_above_limits),
        TEST(files_in_memory_make_room),
        TEST(the_first_version_has_a_tree_for_each_controller),
        TEST(a_container_is_limited_by_what_is_mounted),
        TEST(strange_files_are_no_limits),
        TEST(limits_on_address_space_and_data_count),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
