/// Writes a streamed answer. Every call tells whether to go on: `false` means that the client has gone, or
/// that the server drains and the stream should end.
package struct StreamWriter: Sendable {
    /// Where a writer is made to wait, and where it goes on.
    private static let waitingBytesMax = 256 * 1024
    private static let waitingBytesLow = 64 * 1024
    private static let pieceBytesMax = 64 * 1024

    let stream: OpenStream

    /// Suspends while the client is slower than the writer.
    @discardableResult
    package func write(_ bytes: [UInt8]) async -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceBytesMax)
            rest = rest.dropFirst(piece.count)
            guard let waiting = stream.write(piece) else { return false }
            if waiting > Self.waitingBytesMax { await stream.wait(untilBelow: Self.waitingBytesLow) }
            if Task.isCancelled { return false }
        }
        return isOpen
    }

    @discardableResult
    package func write(_ text: String) async -> Bool {
        await write(Array(text.utf8))
    }

    package var isOpen: Bool { stream.isOpen }

    /// Suspends until the stream should end, or the task is cancelled.
    package func closed() async {
        await stream.wait(untilBelow: nil)
    }

    @discardableResult
    package func send(_ event: ServerSentEvent) async -> Bool {
        await write(event.text)
    }

    /// Sends what comes, and a comment whenever nothing came for `heartbeat`, so that proxies keep the
    /// connection. Returns when the events end or the client leaves.
    package func forward<Events: AsyncSequence & Sendable>(
        _ events: Events,
        heartbeat: Duration = .seconds(15)
    ) async where Events.Element == ServerSentEvent {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // A sequence that fails has ended, as far as the client can know.
                try? await self.sendAll(of: events)
            }
            group.addTask { await self.beat(every: heartbeat) }
            group.addTask { await self.closed() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Sends a comment every so often until the client leaves or the task is cancelled.
    package func beat(every interval: Duration) async {
        repeat {
            do { try await Task.sleep(for: interval) } catch { return }
        } while await write(": heartbeat\n\n")
    }

    private func sendAll<Events: AsyncSequence & Sendable>(
        of events: Events
    ) async throws where Events.Element == ServerSentEvent {
        for try await event in events {
            guard await send(event) else { return }
        }
    }
}

/// One event of a `text/event-stream` (WHATWG HTML, 9.2).
package struct ServerSentEvent: Sendable, Equatable {
    package var id: String?
    package var name: String?
    package var data: String

    package init(id: String? = nil, name: String? = nil, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }

    var text: String {
        var text = ""
        if let id { text += "id: \(Self.oneLine(id))\n" }
        if let name { text += "event: \(Self.oneLine(name))\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            text += "data: \(line)\n"
        }
        return text + "\n"
    }

    private static func oneLine(_ text: String) -> String {
        String(text.filter { !$0.isNewline && $0 != "\0" })
    }
}
