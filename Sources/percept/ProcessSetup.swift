import Glibc

/// What must hold before anything else runs.
enum ProcessSetup {
    /// Ignores SIGPIPE: a reader that goes away (`percept … | head`, a dead peer's socket) must show as a failed write, not as a dead
    /// process.
    static func prepare() { signal(SIGPIPE, SIG_IGN) }
}
