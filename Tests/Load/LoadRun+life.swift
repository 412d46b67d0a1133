internal import HTTPClient
internal import JSON
internal import Models
internal import Postgres
internal import Runtime
internal import Synchronization

extension LoadRun {
    /// Whole lives: accepted by HTTP, sent, and read; counted when the read receipt is committed.
    func life(_ caller: Caller, _ senders: [SenderID], _ figures: inout Figures) async throws -> Bool {
        let before = try await entered(.read)
        let acceptedBefore = try await accepted()
        let numbers = Numbers(from: 0)
        let progress = LifeProgress(outstandingMax: options.outstandingMax, messagesMax: options.messages)
        let started = Monotonic.now()
        let end = started + .seconds(options.lifeSeconds)
        // The first seconds fill the pipe; what leaves it is counted after them.
        let measuredFrom = started + .seconds(min(5, options.lifeSeconds / 4))
        let batch = options.lifeBatch
        async let sending = Self.closedLoop(options.lifeConnections, options.lifeSeconds) { tally in
            guard progress.mayBegin(batch) else {
                try? await Task.sleep(for: .milliseconds(2))
                return
            }
            let done = tally.done
            let number = numbers.take(batch)
            if batch == 1 {
                await caller.post(
                    caller.messagesURL,
                    Caller.body(number: number, scheduledFor: nil, sender: senders[number % senders.count]),
                    into: &tally
                )
            } else {
                let body = Caller.batchBody(from: number, count: batch, scheduledFor: nil, senders: senders)
                await caller.post(caller.batchURL, body, into: &tally)
            }
            if tally.done == done { progress.takeBack(batch) }
        }
        var first: (at: Duration, read: Int)?
        var last = (at: started, read: before)
        while Monotonic.now() < end {
            try await Task.sleep(for: .milliseconds(250))
            last = (Monotonic.now(), try await entered(.read))
            progress.read(last.read - before)
            if first == nil, last.at >= measuredFrom { first = last }
        }
        let (tally, _) = await sending
        if let first, last.at > first.at {
            figures.lifePerSecond = Double(last.read - first.read) / (last.at - first.at).seconds
        }
        say(
            "whole lives, sustained",
            "\(Int(figures.lifePerSecond ?? 0))/s over \(options.lifeSeconds) s, accepted \(batch) a request"
        )
        try await drain(tally.done * batch, before, acceptedBefore, &figures)
        return report(tally)
    }

    /// Waits for the rest to be read, then compares what was accepted with what became of it.
    private func drain(_ posted: Int, _ readBefore: Int, _ acceptedBefore: Int, _ figures: inout Figures)
        async throws
    {
        let deadline = Monotonic.now() + .seconds(30)
        var read = try await entered(.read) - readBefore
        while read < posted, Monotonic.now() < deadline {
            try await Task.sleep(for: .milliseconds(200))
            read = try await entered(.read) - readBefore
        }
        let accepted = try await accepted() - acceptedBefore
        figures.lost = max(posted, accepted) - read
        let summary = try await oracle(caller: HTTPClientCall(), "/oracle/summary")
        figures.sentTwice = Int(summary["sent_twice"]?.integer ?? -1)
        say("  accepted, read, lost", "\(accepted), \(read), \(figures.lost)")
        say("  sent twice (the stand-in's own log)", "\(figures.sentTwice)")
    }

    /// How many messages of the tenant ever came into a state: folded counts and those not folded yet.
    private func entered(_ state: MessageState) async throws -> Int {
        let rows = try await target.adminDatabase.rows(
            """
            SELECT (SELECT coalesce(sum(entered), 0) FROM message_counts
                    WHERE tenant_id = \(target.tenantID) AND state = \(state.rawValue))::bigint
                 + (SELECT coalesce(sum(messages), 0) FROM message_count_changes
                    WHERE tenant_id = \(target.tenantID) AND to_state = \(state.rawValue))::bigint AS n
            """
        )
        return Int(try rows.first?.value("n", as: Int64.self) ?? 0)
    }

    private func accepted() async throws -> Int {
        let rows = try await target.adminDatabase.rows(
            """
            SELECT (SELECT coalesce(sum(accepted), 0) FROM message_counts WHERE tenant_id = \(target.tenantID))::bigint
                 + (SELECT coalesce(sum(messages), 0) FROM message_count_changes
                    WHERE tenant_id = \(target.tenantID) AND from_state = -1)::bigint AS n
            """
        )
        return Int(try rows.first?.value("n", as: Int64.self) ?? 0)
    }

    private func oracle(caller: HTTPClientCall, _ path: String) async throws -> JSONValue {
        try await caller.json(target.sandboxURL + path)
    }
}

/// One request on a client of its own, for the oracle.
struct HTTPClientCall {
    func json(_ url: String) async throws -> JSONValue {
        let client = HTTPClient()
        try client.start()
        let response = try await client.send(
            ClientRequest(
                method: "GET",
                url: url,
                headers: [],
                body: [],
                timeout: .seconds(30),
                responseBytesMax: 8 << 20
            )
        )
        await client.stop()
        return try JSONDocument(parsing: response.body).root
    }
}

/// Keeps the number of messages under way bounded.
final class LifeProgress: Sendable {
    private let begun = Atomic(0)
    private let finished = Atomic(0)
    private let outstandingMax: Int
    private let messagesMax: Int

    init(outstandingMax: Int, messagesMax: Int?) {
        self.outstandingMax = outstandingMax
        self.messagesMax = messagesMax ?? .max
    }

    func mayBegin(_ count: Int) -> Bool {
        let number = begun.add(count, ordering: .relaxed).newValue
        if number <= messagesMax, number - finished.load(ordering: .relaxed) <= outstandingMax { return true }
        takeBack(count)
        return false
    }

    func takeBack(_ count: Int) { begun.subtract(count, ordering: .relaxed) }

    func read(_ count: Int) { finished.store(count, ordering: .relaxed) }
}
