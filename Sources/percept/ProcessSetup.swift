import Glibc

/// What must hold before anything else runs.
enum ProcessSetup {
    /// Ignores SIGPIPE and SIGXFSZ: a reader that goes away (`percept … | head`, a dead peer's socket) and a file that may not grow any
    /// further (`ulimit -f`) must show as a failed write, not as a dead process.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
