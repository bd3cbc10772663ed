// MPI behind opaque handles: each kind of handle is its own struct, so that Swift cannot swap them, and no Swift code sees mpi.h.
// Every function returns MPI's error code (0 is success) unless it says otherwise. Nothing here blocks but cmpi_init, cmpi_comm_create_group,
// cmpi_comm_spawn, cmpi_finalize and cmpi_wait. All MPI functions must be called from one thread at a time.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct { void *_Nullable raw; } cmpi_comm;
typedef struct { void *_Nullable raw; } cmpi_request;
typedef struct { void *_Nullable raw; } cmpi_message;

// What is known of a matched message or a completed operation.
typedef struct {
    int32_t source;
    int32_t tag;
    int32_t error;
    bool cancelled;
    int64_t byte_count;
} cmpi_status;

enum { CMPI_ANY = -1000001 };
enum { CMPI_DATA_FLOAT32 = 0, CMPI_DATA_FLOAT64 = 1, CMPI_DATA_UINT64 = 2 };
enum { CMPI_OP_SUM = 0, CMPI_OP_MIN = 1, CMPI_OP_MAX = 2 };

// Keeps the listening TCP sockets of a process (0: this one) to the loopback interface: Open MPI opens them on every interface, whichever it is
// told to use. Returns how many were changed, or -1 where the system does not allow it. Another process must be one of this user's own.
int cmpi_keep_to_loopback(int32_t process);

// Initializes MPI (serialized threads), makes errors return, ignores SIGPIPE: a write to a dead peer's socket must not kill us.
// Where MPI's TCP is told to use lo alone, nothing of it listens elsewhere.
int cmpi_init(void);
bool cmpi_is_initialized(void);
int cmpi_finalize(void);
// Flushes the standard streams and ends the process at once, without MPI_Finalize and without exit handlers.
_Noreturn void cmpi_exit_now(int code);
// Copies MPI's text for an error code, zero-terminated.
void cmpi_error_text(int code, char *_Nonnull text, size_t capacity);

cmpi_comm cmpi_world(void);
int cmpi_comm_rank(cmpi_comm comm, int32_t *_Nonnull rank);
int cmpi_comm_size(cmpi_comm comm, int32_t *_Nonnull size);
int32_t cmpi_tag_upper_bound(void);
// Starts a duplicate of a communicator; *out is valid once the request has completed.
int cmpi_comm_idup(cmpi_comm comm, cmpi_comm *_Nonnull out, cmpi_request *_Nonnull request);
// Makes a communicator of some ranks; only they call it. Blocks until all of them do.
int cmpi_comm_create_group(
    cmpi_comm comm, const int32_t *_Nonnull ranks, int32_t count, int32_t tag, cmpi_comm *_Nonnull out);

// Starts count processes of a program; they share an intercommunicator with this process alone. Blocks until all have initialized MPI.
// arguments ends with NULL; hosts is a comma-separated list of NAME:SLOTS, or NULL for MPI's own choice.
int cmpi_comm_spawn(
    const char *_Nonnull program, char *_Nullable *_Nonnull arguments, int32_t count, const char *_Nullable hosts,
    const char *_Nonnull folder, cmpi_comm *_Nonnull out);
// The intercommunicator to the process that spawned this one; raw is NULL in processes that mpirun started.
cmpi_comm cmpi_comm_parent(void);
// How many processes are at the other side of an intercommunicator.
int cmpi_comm_remote_size(cmpi_comm comm, int32_t *_Nonnull size);

int cmpi_isend(const void *_Nullable bytes, int32_t count, int32_t peer, int32_t tag, cmpi_comm comm, cmpi_request *_Nonnull request);
// Like isend, but completes only when the receiver has matched the message.
int cmpi_issend(const void *_Nullable bytes, int32_t count, int32_t peer, int32_t tag, cmpi_comm comm, cmpi_request *_Nonnull request);
int cmpi_irecv(void *_Nullable bytes, int32_t count, int32_t peer, int32_t tag, cmpi_comm comm, cmpi_request *_Nonnull request);
// peer and tag may be CMPI_ANY. *found tells whether a message is there.
int cmpi_iprobe(int32_t peer, int32_t tag, cmpi_comm comm, bool *_Nonnull found, cmpi_status *_Nonnull status);
int cmpi_improbe(
    int32_t peer, int32_t tag, cmpi_comm comm, bool *_Nonnull found, cmpi_message *_Nonnull message, cmpi_status *_Nonnull status);
int cmpi_imrecv(void *_Nullable bytes, int32_t count, cmpi_message message, cmpi_request *_Nonnull request);
// Looks at all requests; *done of them have completed, their indices and statuses stand in front of the arrays. Completed ones are cleared.
int cmpi_testsome(
    int32_t count, cmpi_request *_Nonnull requests, int32_t *_Nonnull done, int32_t *_Nonnull indices, cmpi_status *_Nonnull statuses);
int cmpi_cancel(cmpi_request request);

int cmpi_ibarrier(cmpi_comm comm, cmpi_request *_Nonnull request);
int cmpi_ibcast(void *_Nullable bytes, int32_t count, int32_t root, cmpi_comm comm, cmpi_request *_Nonnull request);
int cmpi_iallgather(
    const void *_Nullable bytes, int32_t count, void *_Nullable all, cmpi_comm comm, cmpi_request *_Nonnull request);
// In place.
int cmpi_iallreduce(
    void *_Nullable values, int32_t count, int32_t data, int32_t op, cmpi_comm comm, cmpi_request *_Nonnull request);

// Wakes and sleeps. Descriptors are negative on failure.
int cmpi_event_create(void);
void cmpi_event_signal(int event);
// Opens a UDP socket bound to an IPv4 address in text (any free port); writes the bound port.
int cmpi_doorbell_open(const char *_Nonnull address, uint32_t *_Nonnull ipv4, uint16_t *_Nonnull port);
void cmpi_doorbell_ring(int doorbell, uint32_t ipv4, uint16_t port);
// Sleeps until the event or the doorbell wakes us or the time is over, and empties both. Returns whether something woke us.
bool cmpi_wait(int event, int doorbell, int64_t nanoseconds);
void cmpi_pause(void);
// Names the current thread and lets its timers fire on time.
void cmpi_prepare_thread(const char *_Nonnull name);
// Starts a program in a session of its own, without input and with default signals; it gets SIGTERM when the calling thread, or its process,
// ends. inherited is a descriptor that the program keeps, errors one that becomes its standard error, or -1. words and environment end with NULL.
// Returns an errno.
int cmpi_start_job(
    char *_Nullable const *_Nonnull words, char *_Nullable const *_Nonnull environment, int inherited, int errors,
    pid_t *_Nonnull child);
// Runs a function on a detached thread; returns an errno.
int cmpi_thread_start(void (*_Nonnull body)(void *_Nullable), void *_Nullable context);
