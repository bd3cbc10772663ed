import Foundation
import Glibc

/// What must hold before anything else runs.
enum ProcessSetup {
    /// Ignores SIGPIPE, and starts the program again where OpenBLAS would choose slow kernels.
    ///
    /// A reader that goes away (`percept … | head`, a dead peer's socket) must show as a failed write, not as a dead process.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        chooseOpenBLASKernels()
    }

    /// OpenBLAS 0.3.21 knows CPUs by name: on later ones it falls back to its AVX2 kernels, half as fast where the CPU has AVX-512 (110
    /// in place of 210 Gflop/s measured), and without the canonical dot product. `OPENBLAS_CORETYPE` overrides its choice, but is read when
    /// the library is loaded, which is before `main`. So the program replaces itself once with the variable set: same process id, same
    /// arguments, before MPI is initialised. The variable's presence ends the recursion; a user's own value is left alone.
    private static func chooseOpenBLASKernels() {
        #if arch(x86_64)
            guard getenv("OPENBLAS_CORETYPE") == nil, hasAVX512() else { return }
            setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
            execv("/proc/self/exe", CommandLine.unsafeArgv)
            // Without /proc the library's own choice stands: slower, never wrong.
            unsetenv("OPENBLAS_CORETYPE")
        #endif
    }

    /// Whether the CPU has all instruction sets that OpenBLAS's SkylakeX kernels use.
    private static func hasAVX512() -> Bool {
        guard let file = fopen("/proc/cpuinfo", "r") else { return false }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
            let fields = String(cString: text)
            guard fields.hasPrefix("flags") else { continue }
            let flags = Set(fields.split { " \t\n:".contains($0) })
            return flags.isSuperset(of: ["avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl", "fma"])
        }
        return false
    }
}
