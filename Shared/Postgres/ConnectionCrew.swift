internal import Synchronization

/// The threads that serve one line, each with a connection of its own that it makes anew whenever it is lost.
final class ConnectionCrew<Entry: Waiting>: Sendable {
    let line: WaitingLine<Entry>
    private let name: String
    private let settings: DatabaseSettings
    private let crew = Mutex(Crew())

    private struct Crew {
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    init(name: String, settings: DatabaseSettings, weightMax: Int) {
        self.name = name
        self.settings = settings
        line = WaitingLine(weightMax: weightMax, patience: settings.acquireTimeout)
    }

    /// Starts the threads. They live until `stop`, and hold the line and the work but nothing above.
    func start(connections: Int, batchMax: Int, work: @escaping @Sendable (Connection, [Entry]) -> Void) {
        crew.withLock {
            precondition($0.running == 0, "started twice")
            $0.running = connections + 1
        }
        line.open()
        for number in 1...connections {
            Thread.start(named: "\(name)-\(number)") { [self] in
                serve(batchMax: batchMax, work)
                leave()
            }
        }
        Thread.start(named: "\(name)-watch") { [self] in
            line.watch()
            leave()
        }
    }

    /// Returns once every thread has ended. Work in hand is finished, within the statement time-out.
    func stop(draining: Bool) async {
        line.close(draining: draining)
        await withCheckedContinuation { continuation in
            let isOver = crew.withLock { crew in
                if crew.running > 0 { crew.waiters.append(continuation) }
                return crew.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private func leave() {
        let waiters = crew.withLock { crew in
            crew.running -= 1
            defer { if crew.running == 0 { crew.waiters = [] } }
            return crew.running == 0 ? crew.waiters : []
        }
        for waiter in waiters { waiter.resume() }
    }

    private func serve(batchMax: Int, _ work: (Connection, [Entry]) -> Void) {
        var backoff = Backoff()
        while true {
            do {
                let connection = try Connection(settings)
                line.connected()
                let isOver = serve(connection, batchMax: batchMax, work) { backoff.reset() }
                line.disconnected()
                if isOver { return }
                if !line.pause(for: backoff.next(), after: .connection("the connection was lost")) { return }
            } catch {
                if !line.pause(for: backoff.next(), after: error) { return }
            }
        }
    }

    /// - Returns: true when the line has ended, false when the connection has.
    private func serve(
        _ connection: Connection,
        batchMax: Int,
        _ work: (Connection, [Entry]) -> Void,
        onSuccess: () -> Void
    ) -> Bool {
        while let entries = line.take(upTo: batchMax) {
            guard connection.isAlive() else {
                // Nothing was sent yet: the entries may simply wait for the next connection.
                line.putBack(entries)
                return false
            }
            work(connection, entries)
            guard connection.isUsable else { return false }
            onSuccess()
        }
        return true
    }
}

/// Waits between attempts to connect: the first at once, then doubling, with a spread against all coming
/// together.
struct Backoff {
    private var attempts = 0
    static let delayMax: Duration = .seconds(2)

    mutating func next() -> Duration {
        defer { attempts += 1 }
        guard attempts > 0 else { return .zero }
        let delay = min(Duration.milliseconds(25 << min(attempts, 8)), Self.delayMax)
        return delay * Double.random(in: 0.5...1)
    }

    mutating func reset() { attempts = 0 }
}
