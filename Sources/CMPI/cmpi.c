#define _GNU_SOURCE
#include "cmpi.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Handles are pointers in Open MPI; another MPI would fail here at compile time.
_Static_assert(sizeof(MPI_Comm) == sizeof(void *), "Open MPI's handles are pointers");
_Static_assert(sizeof(MPI_Request) == sizeof(cmpi_request), "arrays of requests are passed as they are");

static MPI_Comm comm_of(cmpi_comm c) { return (MPI_Comm)c.raw; }
static int peer_of(int32_t peer) { return peer == CMPI_ANY ? MPI_ANY_SOURCE : peer; }
static int tag_of(int32_t tag) { return tag == CMPI_ANY ? MPI_ANY_TAG : tag; }

static void fill_status(const MPI_Status *from, int error, cmpi_status *to) {
    int cancelled = 0;
    MPI_Count bytes = 0;
    MPI_Test_cancelled(from, &cancelled);
    MPI_Get_elements_x(from, MPI_BYTE, &bytes);
    to->source = from->MPI_SOURCE;
    to->tag = from->MPI_TAG;
    to->error = error;
    to->cancelled = cancelled != 0;
    to->byte_count = bytes == MPI_UNDEFINED ? 0 : (int64_t)bytes;
}

// Whether a socket listens for TCP on more than the loopback interface.
static bool listens_widely(int socket) {
    int listens = 0;
    socklen_t size = sizeof listens;
    if (getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) return false;
    char device[32];
    size = sizeof device;
    if (getsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device, &size) == 0 && size > 0) return false;
    struct sockaddr_storage address;
    size = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &size) != 0) return false;
    if (address.ss_family == AF_INET) return ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24 != 127;
    return address.ss_family == AF_INET6 && !IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&address)->sin6_addr);
}

int cmpi_keep_to_loopback(int32_t process) {
    char path[64];
    snprintf(path, sizeof path, process == 0 ? "/proc/self/fd" : "/proc/%d/fd", process);
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    int handle = process == 0 ? -1 : (int)syscall(SYS_pidfd_open, process, 0);
    if (process != 0 && handle < 0) {
        closedir(folder);
        return -1;
    }
    int changed = 0;
    bool refused = false;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char *end = NULL;
        long number = strtol(entry->d_name, &end, 10);
        if (end == entry->d_name || *end != 0) continue;
        // Another process's descriptor comes as one of ours for the same socket.
        int socket = process == 0 ? (int)number : (int)syscall(SYS_pidfd_getfd, handle, (int)number, 0);
        if (socket < 0) {
            refused = refused || errno == EPERM || errno == ENOSYS;
            continue;
        }
        if (listens_widely(socket)) {
            if (setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0) changed++;
            else refused = true;
        }
        if (process != 0) close(socket);
    }
    if (handle >= 0) close(handle);
    closedir(folder);
    return changed == 0 && refused ? -1 : changed;
}

int cmpi_init(void) {
    int provided = 0;
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    if (code != MPI_SUCCESS) return code;
    const char *interfaces = getenv("OMPI_MCA_btl_tcp_if_include");
    if (interfaces != NULL && strcmp(interfaces, "lo") == 0) cmpi_keep_to_loopback(0);
    if (provided < MPI_THREAD_SERIALIZED) return MPI_ERR_OTHER;
    signal(SIGPIPE, SIG_IGN);
    code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    return code != MPI_SUCCESS ? code : MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
}

bool cmpi_is_initialized(void) {
    int flag = 0;
    MPI_Initialized(&flag);
    return flag != 0;
}

int cmpi_finalize(void) { return MPI_Finalize(); }

_Noreturn void cmpi_exit_now(int code) {
    fflush(NULL);
    _exit(code);
}

void cmpi_error_text(int code, char *text, size_t capacity) {
    char full[MPI_MAX_ERROR_STRING + 1] = {0};
    int length = 0;
    if (MPI_Error_string(code, full, &length) != MPI_SUCCESS) snprintf(full, sizeof full, "MPI error %d", code);
    snprintf(text, capacity, "%s", full);
}

cmpi_comm cmpi_world(void) { return (cmpi_comm){MPI_COMM_WORLD}; }
int cmpi_comm_rank(cmpi_comm comm, int32_t *rank) { return MPI_Comm_rank(comm_of(comm), rank); }
int cmpi_comm_size(cmpi_comm comm, int32_t *size) { return MPI_Comm_size(comm_of(comm), size); }

int32_t cmpi_tag_upper_bound(void) {
    int *value = NULL, flag = 0;
    if (MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &value, &flag) != MPI_SUCCESS || !flag) return 32767;
    return *value;
}

int cmpi_comm_idup(cmpi_comm comm, cmpi_comm *out, cmpi_request *request) {
    return MPI_Comm_idup(comm_of(comm), (MPI_Comm *)&out->raw, (MPI_Request *)&request->raw);
}

int cmpi_comm_create_group(cmpi_comm comm, const int32_t *ranks, int32_t count, int32_t tag, cmpi_comm *out) {
    MPI_Group all, some;
    int code = MPI_Comm_group(comm_of(comm), &all);
    if (code != MPI_SUCCESS) return code;
    code = MPI_Group_incl(all, count, ranks, &some);
    MPI_Group_free(&all);
    if (code != MPI_SUCCESS) return code;
    code = MPI_Comm_create_group(comm_of(comm), some, tag, (MPI_Comm *)&out->raw);
    MPI_Group_free(&some);
    return code != MPI_SUCCESS ? code : MPI_Comm_set_errhandler(comm_of(*out), MPI_ERRORS_RETURN);
}

int cmpi_comm_spawn(
    const char *program, char **arguments, int32_t count, const char *hosts, const char *folder, cmpi_comm *out) {
    MPI_Info info;
    int code = MPI_Info_create(&info);
    if (code != MPI_SUCCESS) return code;
    MPI_Info_set(info, "wdir", folder);
    if (hosts) {
        // add-host takes NAME:SLOTS and makes room; host chooses, by name alone.
        char names[4096];
        size_t length = 0;
        for (const char *at = hosts; *at && length + 1 < sizeof names;) {
            size_t name = strcspn(at, ":,");
            if (length + name + 2 > sizeof names) break;
            if (length) names[length++] = ',';
            memcpy(names + length, at, name);
            length += name;
            at += strcspn(at, ",");
            if (*at) at++;
        }
        names[length] = 0;
        MPI_Info_set(info, "add-host", hosts);
        MPI_Info_set(info, "host", names);
    }
    MPI_Comm made = MPI_COMM_NULL;
    code = MPI_Comm_spawn(program, arguments, count, info, 0, MPI_COMM_SELF, &made, MPI_ERRCODES_IGNORE);
    MPI_Info_free(&info);
    if (code != MPI_SUCCESS) return code;
    out->raw = made;
    return MPI_Comm_set_errhandler(made, MPI_ERRORS_RETURN);
}

cmpi_comm cmpi_comm_parent(void) {
    MPI_Comm parent = MPI_COMM_NULL;
    if (MPI_Comm_get_parent(&parent) != MPI_SUCCESS || parent == MPI_COMM_NULL) return (cmpi_comm){NULL};
    MPI_Comm_set_errhandler(parent, MPI_ERRORS_RETURN);
    return (cmpi_comm){parent};
}

int cmpi_comm_remote_size(cmpi_comm comm, int32_t *size) { return MPI_Comm_remote_size(comm_of(comm), size); }

int cmpi_isend(const void *bytes, int32_t count, int32_t peer, int32_t tag, cmpi_comm comm, cmpi_request *request) {
    return MPI_Isend(bytes, count, MPI_BYTE, peer, tag, comm_of(comm), (MPI_Request *)&request->raw);
}

int cmpi_issend(const void *bytes, int32_t count, int32_t peer, int32_t tag, cmpi_comm comm, cmpi_request *request) {
    return MPI_Issend(bytes, count, MPI_BYTE, peer, tag, comm_of(comm), (MPI_Request *)&request->raw);
}

int cmpi_irecv(void *bytes, int32_t count, int32_t peer, int32_t tag, cmpi_comm comm, cmpi_request *request) {
    return MPI_Irecv(bytes, count, MPI_BYTE, peer_of(peer), tag_of(tag), comm_of(comm), (MPI_Request *)&request->raw);
}

int cmpi_iprobe(int32_t peer, int32_t tag, cmpi_comm comm, bool *found, cmpi_status *status) {
    int flag = 0;
    MPI_Status raw;
    int code = MPI_Iprobe(peer_of(peer), tag_of(tag), comm_of(comm), &flag, &raw);
    *found = code == MPI_SUCCESS && flag;
    if (*found) fill_status(&raw, MPI_SUCCESS, status);
    return code;
}

int cmpi_improbe(int32_t peer, int32_t tag, cmpi_comm comm, bool *found, cmpi_message *message, cmpi_status *status) {
    int flag = 0;
    MPI_Status raw;
    int code = MPI_Improbe(peer_of(peer), tag_of(tag), comm_of(comm), &flag, (MPI_Message *)&message->raw, &raw);
    *found = code == MPI_SUCCESS && flag;
    if (*found) fill_status(&raw, MPI_SUCCESS, status);
    return code;
}

int cmpi_imrecv(void *bytes, int32_t count, cmpi_message message, cmpi_request *request) {
    MPI_Message raw = (MPI_Message)message.raw;
    return MPI_Imrecv(bytes, count, MPI_BYTE, &raw, (MPI_Request *)&request->raw);
}

int cmpi_testsome(int32_t count, cmpi_request *requests, int32_t *done, int32_t *indices, cmpi_status *statuses) {
    enum { STACK = 64 };
    MPI_Status small[STACK];
    MPI_Status *raw = count <= STACK ? small : malloc(sizeof(MPI_Status) * (size_t)count);
    *done = 0;
    if (!raw) return MPI_ERR_NO_MEM;
    int completed = 0;
    int code = MPI_Testsome(count, (MPI_Request *)requests, &completed, indices, raw);
    if (completed == MPI_UNDEFINED) completed = 0;
    // MPI_ERR_IN_STATUS says that single operations failed: their statuses tell which.
    if (code == MPI_SUCCESS || code == MPI_ERR_IN_STATUS) {
        for (int i = 0; i < completed; i++)
            fill_status(&raw[i], code == MPI_ERR_IN_STATUS ? raw[i].MPI_ERROR : MPI_SUCCESS, &statuses[i]);
        *done = completed;
        code = MPI_SUCCESS;
    }
    if (raw != small) free(raw);
    return code;
}

int cmpi_cancel(cmpi_request request) {
    MPI_Request raw = (MPI_Request)request.raw;
    return MPI_Cancel(&raw);
}

int cmpi_ibarrier(cmpi_comm comm, cmpi_request *request) { return MPI_Ibarrier(comm_of(comm), (MPI_Request *)&request->raw); }

int cmpi_ibcast(void *bytes, int32_t count, int32_t root, cmpi_comm comm, cmpi_request *request) {
    return MPI_Ibcast(bytes, count, MPI_BYTE, root, comm_of(comm), (MPI_Request *)&request->raw);
}

int cmpi_iallgather(const void *bytes, int32_t count, void *all, cmpi_comm comm, cmpi_request *request) {
    return MPI_Iallgather(bytes, count, MPI_BYTE, all, count, MPI_BYTE, comm_of(comm), (MPI_Request *)&request->raw);
}

int cmpi_iallreduce(void *values, int32_t count, int32_t data, int32_t op, cmpi_comm comm, cmpi_request *request) {
    MPI_Datatype type = data == CMPI_DATA_FLOAT32 ? MPI_FLOAT : data == CMPI_DATA_FLOAT64 ? MPI_DOUBLE : MPI_UINT64_T;
    MPI_Op operation = op == CMPI_OP_SUM ? MPI_SUM : op == CMPI_OP_MIN ? MPI_MIN : MPI_MAX;
    return MPI_Iallreduce(MPI_IN_PLACE, values, count, type, operation, comm_of(comm), (MPI_Request *)&request->raw);
}

int cmpi_event_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void cmpi_event_signal(int event) {
    uint64_t one = 1;
    // A full counter wakes as well, so a failed write loses nothing.
    ssize_t written = write(event, &one, sizeof one);
    (void)written;
}

int cmpi_doorbell_open(const char *address, uint32_t *ipv4, uint16_t *port) {
    struct sockaddr_in name = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) return -1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    socklen_t size = sizeof name;
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || getsockname(fd, (struct sockaddr *)&name, &size) != 0) {
        close(fd);
        return -1;
    }
    *ipv4 = name.sin_addr.s_addr;
    *port = name.sin_port;
    return fd;
}

void cmpi_doorbell_ring(int doorbell, uint32_t ipv4, uint16_t port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = ipv4};
    // A lost datagram costs the sleeper one sleep, at most 10 ms.
    (void)sendto(doorbell, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof name);
}

bool cmpi_wait(int event, int doorbell, int64_t nanoseconds) {
    struct pollfd fds[2] = {{.fd = event, .events = POLLIN}, {.fd = doorbell, .events = POLLIN}};
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    if (ppoll(fds, 2, &limit, NULL) <= 0) return false;
    if (fds[0].revents) {
        uint64_t count;
        ssize_t got = read(event, &count, sizeof count);
        (void)got;
    }
    if (fds[1].revents) {
        char bytes[16];
        // Bounded: whoever floods the socket must not keep us here.
        for (int i = 0; i < 64 && recv(doorbell, bytes, sizeof bytes, MSG_DONTWAIT) >= 0; i++) {}
    }
    return true;
}

void cmpi_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

void cmpi_prepare_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
    prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
}

typedef struct {
    void (*body)(void *);
    void *context;
} thread_start;

static void *thread_main(void *raw) {
    thread_start start = *(thread_start *)raw;
    free(raw);
    start.body(start.context);
    return NULL;
}

int cmpi_thread_start(void (*body)(void *), void *context) {
    thread_start *start = malloc(sizeof *start);
    if (!start) return 12;
    *start = (thread_start){body, context};
    pthread_t thread;
    int code = pthread_create(&thread, NULL, thread_main, start);
    if (code != 0) {
        free(start);
        return code;
    }
    return pthread_detach(thread);
}

int cmpi_start_job(char *const words[], char *const environment[], int inherited, int errors, pid_t *child) {
    int told[2];
    if (pipe2(told, O_CLOEXEC) != 0) return errno;
    const pid_t parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t made = fork();
    if (made == 0) {
        // Nothing but system calls from here on: this process has one thread of many.
        for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
        int input = open("/dev/null", O_RDONLY);
        if (input > 0) dup2(input, 0);
        if (input > 2) close(input);
        if (inherited >= 0) fcntl(inherited, F_SETFD, 0);
        if (errors >= 0) dup2(errors, 2);
        // The parent may have died before this process asked to be told of it.
        if (getppid() == parent) execvpe(words[0], words, environment);
        int code = errno;
        ssize_t written = write(told[1], &code, sizeof code);
        (void)written;
        _exit(127);
    }
    int code = made < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(told[1]);
    if (made > 0) {
        ssize_t got;
        do got = read(told[0], &code, sizeof code);
        while (got < 0 && errno == EINTR);
        if (got == sizeof code) waitpid(made, NULL, 0);
        else code = 0;
    }
    close(told[0]);
    *child = made;
    return code;
}
