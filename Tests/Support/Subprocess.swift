import Foundation

/// A child process started by `posix_spawn` and waited for by a thread of its own.
///
/// Not Foundation's `Process`: on Linux its `waitUntilExit` was seen to wait for ever for a child that had
/// ended.
enum Subprocess {
    struct Outcome {
        let status: Int32
        let output: String
        let problems: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs it to its end. Output goes through files, so that a grandchild that lives on holds nobody up.
    static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        let directory = NSTemporaryDirectory() + "subprocess-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = try start(
            executable,
            arguments,
            environment: environment,
            output: directory + "/output",
            problems: directory + "/problems"
        )
        let status = await end(of: process)
        return Outcome(
            status: status,
            output: try String(contentsOfFile: directory + "/output", encoding: .utf8),
            problems: try String(contentsOfFile: directory + "/problems", encoding: .utf8)
        )
    }

    /// The wait status of a child, when it has ended.
    static func end(of process: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }.start()
        }
    }

    /// A child that kept a copy of a listening socket would answer for it after we had closed ours.
    private static func keepOurDescriptorsToOurselves() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let descriptor = Int32(name), descriptor > 2 else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// - Parameter input: a descriptor the child reads from; nothing if nil.
    static func start(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: Int32? = nil,
        output: String = "/dev/null",
        problems: String = "/dev/null"
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, problems, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        keepOurDescriptorsToOurselves()

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let words = ([executable] + arguments).map { strdup($0) }
        let assignments = variables.map { strdup("\($0)=\($1)") }
        defer { (words + assignments).forEach { free($0) } }
        var process = pid_t()
        let code = posix_spawn(&process, executable, &actions, nil, words + [nil], assignments + [nil])
        guard code == 0 else { throw Failure(description: "\(executable) could not be started: \(code)") }
        return process
    }
}
