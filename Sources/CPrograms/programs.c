#define _GNU_SOURCE
#include "programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 3, KILL_SECONDS = 10 };

static void close_pair(int pair[2]) {
    for (int side = 0; side < 2; side++)
        if (pair[side] >= 0) close(pair[side]);
}

int programs_start(
    const char *guard, char *const words[], char *const environment[], struct program_pipes *pipes, pid_t *child) {
    int input[2] = {-1, -1}, output[2] = {-1, -1}, errors[2] = {-1, -1}, life[2] = {-1, -1};
    int code = 0;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0
        || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, life) != 0)
        code = errno;
    if (code == 0) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        // First behind all of them, so that none is overwritten before its turn.
        const int own[4] = {input[0], output[1], errors[1], life[1]};
        int behind = LIFE;
        for (int place = 0; place < 4; place++) behind = own[place] > behind ? own[place] : behind;
        for (int place = 0; place < 4; place++) posix_spawn_file_actions_adddup2(&actions, own[place], behind + 1 + place);
        for (int place = 0; place < 4; place++) posix_spawn_file_actions_adddup2(&actions, behind + 1 + place, place);
        // Nothing else of this process is the program's business: no socket, no file, no device.
        posix_spawn_file_actions_addclosefrom_np(&actions, LIFE + 1);
        sigset_t all, none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        code = posix_spawn(child, guard, &actions, &attributes, words, environment);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    if (code != 0) {
        close_pair(input);
        close_pair(output);
        close_pair(errors);
        close_pair(life);
        return code;
    }
    close(input[0]);
    close(output[1]);
    close(errors[1]);
    close(life[1]);
    *pipes = (struct program_pipes){.input = input[1], .output = output[0], .errors = errors[0], .life = life[0]};
    const int ours[4] = {pipes->input, pipes->output, pipes->errors, pipes->life};
    for (int place = 0; place < 4; place++) fcntl(ours[place], F_SETFL, fcntl(ours[place], F_GETFL) | O_NONBLOCK);
    return 0;
}

int programs_bell_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void programs_bell_ring(int bell) { eventfd_write(bell, 1); }

void programs_bell_still(int bell) {
    eventfd_t count;
    eventfd_read(bell, &count);
}

static void tell(char what, int number) {
    char message[32];
    const int length = snprintf(message, sizeof message, "%c%d", what, number);
    // Who no longer listens is gone, and the guard ends by that.
    send(LIFE, message, (size_t)length, MSG_NOSIGNAL);
}

// Kills every child of this process. Orphans of the program's become its children (PR_SET_CHILD_SUBREAPER), so that in the end all of them are.
static void kill_children(pid_t group) {
    if (group > 0) kill(-group, SIGKILL);
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    const pid_t own = getpid();
    do {
        DIR *processes = opendir("/proc");
        struct dirent *entry;
        while (processes != NULL && (entry = readdir(processes)) != NULL) {
            const pid_t process = (pid_t)atoi(entry->d_name);
            if (process <= 0) continue;
            char path[64], text[512];
            snprintf(path, sizeof path, "/proc/%d/stat", process);
            const int file = open(path, O_RDONLY | O_CLOEXEC);
            if (file < 0) continue;
            const ssize_t length = read(file, text, sizeof text - 1);
            close(file);
            if (length <= 0) continue;
            text[length] = 0;
            // The name stands in brackets and may hold anything: behind it state and parent.
            const char *fields = strrchr(text, ')');
            int parent = 0;
            if (fields != NULL && sscanf(fields + 1, " %*c %d", &parent) == 1 && parent == own) kill(process, SIGKILL);
        }
        if (processes != NULL) closedir(processes);
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) return;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - begin.tv_sec < KILL_SECONDS);
}

static pid_t start(char *const words[], char *const environment[]) {
    int told[2];
    if (pipe2(told, O_CLOEXEC) != 0) return -errno;
    const pid_t guard = getpid();
    const pid_t made = fork();
    if (made == 0) {
        setpgid(0, 0);
        close(LIFE);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        // The guard may have ended before this process asked to end with it.
        if (getppid() == guard) execvpe(words[0], words, environment);
        const int code = errno;
        ssize_t written = write(told[1], &code, sizeof code);
        (void)written;
        _exit(127);
    }
    int code = made < 0 ? errno : 0;
    close(told[1]);
    if (made > 0) {
        setpgid(made, made);
        ssize_t got;
        do got = read(told[0], &code, sizeof code);
        while (got < 0 && errno == EINTR);
        if (got != sizeof code) code = 0;
        else waitpid(made, NULL, 0);
    }
    close(told[0]);
    return code == 0 ? made : -code;
}

void programs_guard(char *const words[], char *const environment[]) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    fcntl(LIFE, F_SETFD, FD_CLOEXEC);
    const int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    const pid_t program = start(words, environment);
    if (program < 0) {
        tell('e', -program);
        _exit(127);
    }
    // The program's ends alone are open now: when it closes them, the other side sees it.
    for (int standard = 0; standard < 3; standard++) close(standard);
    tell('s', 0);
    for (;;) {
        struct pollfd sides[2] = {{.fd = LIFE, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        poll(sides, 2, -1);
        struct signalfd_siginfo taken;
        while (read(signals, &taken, sizeof taken) > 0) {}
        int status = 0;
        pid_t ended;
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
            if (ended != program) continue;
            tell('x', status);
            kill_children(program);
            _exit(0);
        }
        if (sides[0].revents != 0) {
            kill_children(program);
            _exit(0);
        }
    }
}
