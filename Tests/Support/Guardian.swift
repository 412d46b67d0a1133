import Foundation
import Synchronization

/// Cleans up after a test process, however it ends: a shell that waits for our end of a socket to close, which the
/// kernel does even when we are killed.
enum Guardian {
    /// - Parameters:
    ///   - script: lines of a shell script, run once we are gone.
    ///   - arguments: its `$0`, `$1` and so on.
    static func whenWeAreGone(run script: String, _ arguments: [String]) throws {
        var ends: [Int32] = [-1, -1]
        // Close-on-exec from the first moment: a child that inherited our end would keep it open for ever.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Subprocess.Failure(description: "no socket pair: \(errno)")
        }
        // In a session of its own, so that a Ctrl-C in the terminal does not end it before its work.
        _ = try Subprocess.start(
            "/usr/bin/setsid",
            ["/bin/sh", "-c", "read -r _\n" + script] + arguments,
            input: ends[0]
        )
        close(ends[0])
        lifelines.withLock { $0.append(ends[1]) }
    }

    /// Our ends, open until the process is gone.
    private static let lifelines = Mutex<[Int32]>([])
}
