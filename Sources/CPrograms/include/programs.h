// Programs of a user's own as children that never outlive whoever started them.
#pragma once
#include <sys/types.h>

// What a started program is spoken to through. All are closed when another program is started.
struct program_pipes {
    // The program's standard input, output and errors: ours to write, read and read. None blocks.
    int input, output, errors;
    // The guard's channel. Its one message says how the start or the program ended: 's', 'e' and an errno, or 'x' and a wait status. Closing it
    // ends the program with everything that it has started.
    int life;
};

// Starts `guard words...` (a program that calls programs_guard) in a process group of its own. Returns an errno.
int programs_start(
    const char *_Nonnull guard, char *_Nullable const *_Nonnull words, char *_Nullable const *_Nonnull environment,
    struct program_pipes *_Nonnull pipes, pid_t *_Nonnull child);

// Wakes a thread that waits for a descriptor to be readable. Negative on failure.
int programs_bell_create(void);
void programs_bell_ring(int bell);
void programs_bell_still(int bell);

// The guard: starts words with environment in a process group of its own, and waits. Once descriptor 3 is closed at its other end, or the program has
// ended, it kills all that descends from the program, and ends.
_Noreturn void programs_guard(char *_Nullable const *_Nonnull words, char *_Nullable const *_Nonnull environment);
