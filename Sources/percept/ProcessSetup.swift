import Glibc
import Telemetry

/// What must hold before anything else runs.
enum ProcessSetup {
    /// Takes the places of standard descriptors that the caller has closed, and ignores SIGPIPE and SIGXFSZ: a reader that goes away (`percept … | head`, a dead peer's socket) and a file that may not grow any
    /// further (`ulimit -f`) must show as a failed write, not as a dead process.
    static func prepare() {
        StandardStream.fillClosedDescriptors()
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
