import Dispatch
import Glibc
import Telemetry
import TrainingCluster

/// SIGUSR1 (which mpirun forwards to its ranks), SIGTERM and SIGINT ask the run to finish its step, write a checkpoint and end.
///
/// Only rank 0 heeds the request; the others ignore the signals and are dismissed by it. A second SIGINT or SIGTERM ends the process at once.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: StopRequest, log: Log) {
        let queue = DispatchQueue(label: "percept.signals")
        sources = [SIGUSR1, SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if stop.isRequested, number != SIGUSR1 { _exit(128 + number) }
                stop.request()
                log.notice("stopping after this step", ["signal": number])
            }
            source.resume()
            return source
        }
    }

    func cancel() { for source in sources { source.cancel() } }
}
