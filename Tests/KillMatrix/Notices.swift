import JSON
import Models
import Postgres
import Synchronization
import TestSupport

/// Something for the alerter to do: notifications that are owed, one after another.
final class Notices: Sendable {
    /// Alerter's.
    private static let lease = Duration.seconds(90)
    private let system: TestSystem
    private let name: String
    private let state = Mutex((isOver: false, written: 0))

    init(_ system: TestSystem, name: String) {
        self.system = system
        self.name = name
    }

    var written: Int { state.withLock { $0.written } }

    func end() { state.withLock { $0.isOver = true } }

    func run() async throws {
        while !state.withLock({ $0.isOver }) {
            let number = state.withLock { state in
                state.written += 1
                return state.written
            }
            _ = try await system.admin.execute(
                """
                INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
                VALUES (gen_random_uuid(), \(subject(number)), 'email', 'operations@tidings.example',
                        \(subject(number)), 'A message of a test.', now(), now())
                """
            )
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// What a lease's minute and a half would do for those that a killed alerter had taken. Those of the one that came
    /// after it are its own, however long it takes for a mail.
    func passLeases(takenBefore death: Timestamp) async throws {
        _ = try await system.admin.execute(
            """
            UPDATE notifications SET due_at = now()
            WHERE state = 'sending' AND due_at > now() AND due_at <= \(death + Self.lease)
            """
        )
    }

    func areAllSent() async throws -> Bool {
        let rows = try await system.admin.rows(
            "SELECT count(*)::int AS n FROM notifications WHERE state IN ('due', 'sending') AND due_at < now()"
        )
        let owed = try rows.first?.value("n", as: Int32.self)
        guard owed == 0 else { return false }
        return try await system.inbox("mail", holding: "\(name) notice").count >= written
    }

    /// How often each arrived.
    func arrivals() async throws -> [Int] {
        var arrived = [Int](repeating: 0, count: written)
        for mail in try await system.inbox("mail", holding: "\(name) notice") {
            let number = mail["subject"]?.string?.split(separator: " ").last.flatMap { Int($0) }
            if let number, arrived.indices.contains(number - 1) { arrived[number - 1] += 1 }
        }
        return arrived
    }

    private func subject(_ number: Int) -> String { "\(name) notice \(number)" }
}
