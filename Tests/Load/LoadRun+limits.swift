internal import HTTPClient
internal import JSON
internal import Models
internal import Postgres
internal import Runtime

/// One tenant with very many waiting at 1,000 messages a second, one with enough waiting at 80, and a third that sends
/// one message now and then: what each gets while all three go on.
extension LoadRun {
    /// Until everything has been accepted and the first turns have passed, rates are not steady.
    private static let settling = Duration.seconds(4)

    func limits(_ client: HTTPClient, _ figures: inout Figures) async throws -> Bool {
        let tenants = LoadTenants(target, client: client)
        let loud = try await tenants.make(
            "load-loud",
            phoneNumberID: "100200300400701",
            messagesPerSecond: 1_000
        )
        let steady = try await tenants.make(
            "load-steady",
            phoneNumberID: "100200300400702",
            messagesPerSecond: 80
        )
        let quiet = try await tenants.make(
            "load-quiet",
            phoneNumberID: "100200300400703",
            messagesPerSecond: 80
        )
        var tally = Tally()
        // The slow one first, so that its queue is as long as anybody's when measuring begins.
        tally.add(await fill(steady, 80 * (options.limitsSeconds + 30), client))
        tally.add(await fill(loud, options.waiting, client))
        try await Task.sleep(for: Self.settling)
        let waiting = try await waiting(loud)
        let before = try await rates(client)
        let (quietTally, ids) = await singles(quiet, client)
        tally.add(quietTally)
        let after = try await rates(client)
        (figures.rate80, figures.highestSecond80) = rate(steady.sender, before, after)
        (figures.rate1000, figures.highestSecond1000) = rate(loud.sender, before, after)
        let dwells = try await dwells(ids, client)
        let dwell = dwells.percentiles([0.5, 0.99])
        (figures.quietDwellP50, figures.quietDwellP99) = (dwell[0], dwell[1])
        say(
            "one sender at 80/s, steady",
            "\(shown(figures.rate80))/s, at most \(figures.highestSecond80 ?? 0) in a second"
        )
        say(
            "one sender at 1,000/s, steady",
            "\(shown(figures.rate1000))/s, at most \(figures.highestSecond1000 ?? 0) in a second"
        )
        say(
            "a quiet tenant beside \(waiting) waiting",
            "p50 \(dwell[0]) ms, p99 \(dwell[1]) ms to the stand-in, \(dwells.count) of \(ids.count) messages"
        )
        let slowest = dwells.highest(4).map { "\($0.milliseconds) ms (message \($0.place + 1))" }
        say("  the slowest of them", slowest.joined(separator: ", "))
        return report(tally) && dwells.count == ids.count
    }

    private func shown(_ rate: Double?) -> Double { ((rate ?? 0) * 10).rounded() / 10 }

    /// In batches that are too large to be told one by one.
    private func fill(_ tenant: LoadTenant, _ count: Int, _ client: HTTPClient) async -> Tally {
        let caller = Caller(client: client, target: target, key: tenant.key)
        let numbers = Numbers(from: 0)
        return await withTaskGroup(of: Tally.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var tally = Tally()
                    while tally.failed < 100 {
                        let first = numbers.take(1_000)
                        if first >= count { break }
                        let body = Caller.batchBody(
                            from: first,
                            count: min(1_000, count - first),
                            scheduledFor: nil
                        )
                        let done = tally.done
                        // Shed is not accepted: the same again.
                        while tally.done == done, tally.failed < 100 {
                            await caller.post(caller.batchURL, body, into: &tally)
                        }
                    }
                    return tally
                }
            }
            return await group.reduce(into: Tally()) { $0.add($1) }
        }
    }

    private func waiting(_ tenant: LoadTenant) async throws -> Int {
        let rows = try await target.adminDatabase.rows(
            """
            SELECT count(*)::bigint AS n FROM message_states WHERE tenant_id = \(tenant.id) AND state = 1
            """
        )
        return Int(try rows.first?.value("n", as: Int64.self) ?? 0)
    }

    // MARK: The quiet one

    /// One after another at a fixed pace, for as long as the phase lasts.
    private func singles(_ tenant: LoadTenant, _ client: HTTPClient) async -> (
        Tally, [(MessageID, Timestamp)]
    ) {
        let caller = Caller(client: client, target: target, key: tenant.key)
        var tally = Tally()
        var ids: [(MessageID, Timestamp)] = []
        let started = Monotonic.now()
        for number in 0..<(options.limitsSeconds * options.quietPerSecond) {
            let due = started + .seconds(1) * number / options.quietPerSecond
            let now = Monotonic.now()
            if due > now { try? await Task.sleep(for: due - now) }
            let body = Caller.body(number: number, scheduledFor: nil)
            if let answer = await caller.answer(caller.messagesURL, body, into: &tally),
                let id = answer["id"]?.string.flatMap({ MessageID($0) }),
                let at = answer["created_at"]?.string.flatMap({ Timestamp(rfc3339: $0) })
            {
                ids.append((id, at))
            }
        }
        return (tally, ids)
    }

    /// From when a request was read to when the stand-in first had the message, by one clock.
    private func dwells(_ ids: [(MessageID, Timestamp)], _ client: HTTPClient) async throws -> Latencies {
        var dwells = Latencies()
        for (id, acceptedAt) in ids {
            let deadline = Monotonic.now() + .seconds(20)
            while Monotonic.now() < deadline {
                let sends = try await json(client, "/oracle/sends?message=\(id)")["data"]?.elements ?? []
                if let at = sends.first?["at"]?.string.flatMap({ Timestamp(rfc3339: $0) }) {
                    dwells.add(at - acceptedAt)
                    break
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        return dwells
    }

    // MARK: What the stand-in saw

    private struct Seen {
        let at: Duration
        let phones: [String: (sends: Int64, highestSecond: Int64)]
    }

    private func rates(_ client: HTTPClient) async throws -> Seen {
        let limits = try await json(client, "/oracle/limits")
        let at = Monotonic.now()
        var phones: [String: (sends: Int64, highestSecond: Int64)] = [:]
        for phone in limits["phones"]?.elements ?? [] {
            phones[phone["phone_number_id"]?.string ?? ""] = (
                phone["sends"]?.integer ?? 0, phone["highest_second"]?.integer ?? 0
            )
        }
        return Seen(at: at, phones: phones)
    }

    private func rate(_ sender: LoadSender, _ before: Seen, _ after: Seen) -> (Double?, Int?) {
        guard let from = before.phones[sender.phoneNumberID], let to = after.phones[sender.phoneNumberID],
            after.at > before.at
        else { return (nil, nil) }
        return (Double(to.sends - from.sends) / (after.at - before.at).seconds, Int(to.highestSecond))
    }

    /// Over the whole run, all phases: the stand-in counts what it would refuse, and refuses nothing.
    func breaches(_ client: HTTPClient, _ figures: inout Figures) async throws {
        let limits = try await json(client, "/oracle/limits")
        let breaches = Int(limits["breaches"]?.integer ?? -1)
        figures.limitBreaches = breaches
        let kinds = ["sliding_second", "throughput", "pair", "recipients"].map { kind in
            "\(kind) \(limits[kind]?.integer ?? -1)"
        }
        say(
            "breaches of limits, whole run",
            breaches == 0 ? "0" : "\(breaches): " + kinds.joined(separator: ", ")
        )
        guard breaches != 0 else { return }
        for phone in limits["phones"]?.elements ?? [] where phone["breaches"]?.integer ?? 0 > 0 {
            say(
                "  \(phone["phone_number_id"]?.string ?? "")",
                String(decoding: phone.serialized(), as: UTF8.self)
            )
        }
    }

    private func json(_ client: HTTPClient, _ path: String) async throws -> JSONValue {
        let response = try await client.send(
            ClientRequest(url: target.sandboxURL + path, timeout: .seconds(30), responseBytesMax: 8 << 20)
        )
        return try JSONDocument(parsing: response.body).root
    }
}
