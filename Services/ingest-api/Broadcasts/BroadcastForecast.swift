import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// What would happen: who would be refused and why, what it costs, how long it takes. Nothing is sent.
extension BroadcastRoutes {
    /// Looked at one by one; what is refused of them stands for the rest.
    private static let reasonsMax = 50

    func forecast(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, with: Scope(.automation, isReadOnly: true))
        try request.refuseParameters()
        let broadcast = try await broadcast(of: request, caller)
        var outlook = Outlook()
        let known = try await withStorage { try await store.problems(of: broadcast.id, caller.tenantID) }
        for (code, count) in known { outlook.refuse(code, count, nil) }
        var position = 0
        while true {
            let page = try await withStorage {
                try await store.recipients(
                    of: broadcast.id, caller.tenantID, after: position, limit: BroadcastStore.portionMax)
            }
            guard let last = page.last else { break }
            position = last.position
            try await look(at: page, broadcast, caller, &outlook)
        }
        let limits = try await withStorage {
            try await LimitsStore(parts.database).limits(of: caller.tenantID)
        }
        let estimate = try await estimate(outlook, broadcast, caller)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let senderID = outlook.senderID ?? catalog.defaultSender?.id
        let conditions = senderID.flatMap { id in limits.flatMap { $0.conditions(of: id) } }
        let forecast = conditions.flatMap { SendForecast(of: outlook.wouldSend, under: $0) }
        var writer = JSONWriter(capacity: 2_048)
        writer.object { outlook.writeFields(estimate, forecast, into: &$0) }
        return .json(200, writer.bytes)
    }

    /// Throws what is wrong when nobody at all would get anything.
    func requireThatSomebodyCanBeSentTo(_ broadcast: Broadcast, _ caller: Caller) async throws {
        let page = try await withStorage {
            try await store.recipients(of: broadcast.id, caller.tenantID, after: 0, limit: BroadcastStore.portionMax)
        }
        guard !page.isEmpty else {
            throw Problem.refused("recipients_empty", nil, "The broadcast has no recipient that can be sent to.")
        }
        var outlook = Outlook()
        try await look(at: page, broadcast, caller, &outlook)
        if outlook.wouldSend == 0, let first = outlook.first { throw Problem.refused([first]) }
    }

    private func look(
        at page: [(position: Int, recipient: BroadcastRecipient)], _ broadcast: Broadcast, _ caller: Caller,
        _ outlook: inout Outlook
    ) async throws {
        let root = try BroadcastJSON.batch(broadcast.message, page.map(\.recipient))
        var problems = FieldProblems()
        guard let items = try await parts.acceptor.check(batch: root, of: caller.tenantID, problems: &problems) else {
            throw Problem.refused(problems.all)
        }
        for (entry, item) in zip(page, items) {
            switch item {
            case .accepted(let reading): outlook.accept(entry.recipient.country, reading.message)
            case .refused(let problems): outlook.refuse(problems.first?.code ?? "", 1, problems.first, at: entry.position)
            }
        }
    }

    private func estimate(_ outlook: Outlook, _ broadcast: Broadcast, _ caller: Caller) async throws -> CostEstimate {
        let costs = CostStore(parts.database)
        let book = try await withStorage { try await RateCardStore(parts.database, ids: parts.ids).book() }
        let currency = try await withStorage { try await costs.currency(of: caller.tenantID) }
        let category = outlook.hasTemplate ? outlook.lane.map { PriceCategory($0.category) } : nil
        return CostEstimate(
            outlook.countries, category: category ?? .service, currency: currency, at: SystemClock.now(), book: book)
    }

    /// What was seen so far.
    struct Outlook {
        private(set) var wouldSend = 0
        private(set) var countries: [String?: Int] = [:]
        private(set) var lane: Lane?
        private(set) var hasTemplate = false
        private(set) var senderID: SenderID?
        private(set) var first: FieldProblem?
        private var refused: [String: (count: Int, detail: String?, position: Int?)] = [:]

        mutating func accept(_ country: String?, _ message: NewMessage) {
            wouldSend += 1
            countries[country, default: 0] += 1
            lane = message.lane
            hasTemplate = message.templateID != nil
            senderID = message.senderID
        }

        mutating func refuse(_ code: String, _ count: Int, _ problem: FieldProblem?, at position: Int? = nil) {
            first = first ?? problem
            var known = refused[code] ?? (0, problem?.detail, position)
            known.count += count
            refused[code] = known
        }

        func writeFields(_ estimate: CostEstimate, _ forecast: SendForecast?, into writer: inout JSONWriter) {
            writer.field("would_send", wouldSend)
            writer.field("would_refuse", refused.values.reduce(0) { $0 + $1.count })
            writer.field(
                "refused",
                array: { list in
                    for (code, found) in refused.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) })
                        .prefix(BroadcastRoutes.reasonsMax)
                    {
                        list.object { entry in
                            entry.field("code", code)
                            entry.field("count", found.count)
                            entry.field("detail", found.detail)
                            entry.field("first_position", found.position)
                        }
                    }
                })
            writer.field("cost", object: { estimate.writeFields(into: &$0) })
            writer.key("duration")
            guard let forecast else { return writer.null() }
            writer.object { entry in
                entry.field("seconds", Int(forecast.duration / .seconds(1)))
                entry.field("limited_by", forecast.limit.rawValue)
                entry.field(
                    "put_off",
                    object: { object in
                        for (name, count) in forecast.putOff.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                            object.key(name.rawValue)
                            object.integer(count)
                        }
                    })
            }
        }
    }
}

extension TenantLimits {
    /// What holds for one of the tenant's senders; nil for another.
    fileprivate func conditions(of id: SenderID) -> SendForecast.Conditions? {
        guard let sender = senders.first(where: { $0.id == id }) else { return nil }
        let portfolio = portfolios.first { $0.id == sender.portfolioID }
        return SendForecast.Conditions(
            messagesPerSecond: sender.messagesPerSecond, delay: rules.messageDelay, dailyQuota: rules.dailyQuota,
            sendsToday: sendsToday, recipientsMax: portfolio?.recipientsMax, recipientsUsed: portfolio?.used ?? 0,
            waiting: sender.pending.values.reduce(0, +))
    }
}
