import APIKit
import Models
import PhoneNumbers
import Runtime
import ServiceKit
import Storage

/// The clocks of time zones, asked of Postgres once an hour.
struct ZoneClocks: Sendable {
    private let cache: RefreshingCache<String, LocalClock>

    init(_ store: ZoneClockStore) {
        cache = RefreshingCache(freshFor: .seconds(3_600), usableFor: .seconds(86_400), entriesMax: 1_000) { zone in
            try await store.clock(of: zone)
        }
    }

    func clock(of zone: String) async throws -> LocalClock {
        try await withStorage { try await cache.value(for: zone) }
    }
}

/// What the rules of a tenant make of an event: asks what it needs, and lets Models decide.
struct EventPlanner: Sendable {
    /// So few recipients at once are sent to at once, and do not stand behind what was planned for this hour.
    static let promptRecipientsMax = 20

    let catalogs: Catalogs
    let clocks: ZoneClocks
    let store: BusinessEventStore
    let ids: IDSource

    struct Plan: Sendable {
        var event: NewBusinessEvent
        let rules: [StoredRule]
        let clock: LocalClock
        /// The event as each of its recipients has it.
        let facts: [EventFacts]
        let warnings: [FieldProblem]
    }

    func plan(_ incoming: IncomingEvent, of tenantID: TenantID, now: Timestamp) async throws -> Plan {
        let catalog = try await catalogs.catalog(of: tenantID)
        let (rules, zone) = try await withStorage { try await store.rules(for: incoming.type, of: tenantID) }
        let clock = try await clocks.clock(of: zone)
        var event = NewBusinessEvent(
            tenantID: tenantID, id: BusinessEventID(ids.uuid(at: now)), type: incoming.type,
            occurredAt: incoming.occurredAt, subject: incoming.subject, data: incoming.data)
        event.recipients = try await recipients(of: incoming, tenantID, catalog, areWanted: !rules.isEmpty)
        let facts = event.recipients.enumerated().map { index, recipient in
            EventFacts(
                type: incoming.type, occurredAt: incoming.occurredAt, subject: incoming.subject,
                recipient: EventRecipient(
                    number: recipient.number, name: recipient.name, language: recipient.language),
                data: index < incoming.recipients.count
                    ? incoming.recipients[index].values.over(incoming.values) : incoming.values)
        }
        for rule in rules { apply(rule, to: &event, facts, clock: clock, now: now) }
        return Plan(
            event: event, rules: rules, clock: clock, facts: facts, warnings: Self.warnings(incoming, rules))
    }

    private func apply(
        _ rule: StoredRule, to event: inout NewBusinessEvent, _ facts: [EventFacts], clock: LocalClock, now: Timestamp
    ) {
        if event.subject != nil {
            switch rule.rule.onRepeat {
            case .add: break
            case .ignore: event.keepingFirst.insert(rule.id)
            case .replace: event.replacing += event.recipients.compactMap(\.number).map { (rule.id, $0) }
            }
        }
        for (position, facts) in facts.enumerated() {
            let isNumberGiven = event.recipients[position].isNumberGiven
            switch rule.rule.plan(facts, clock: clock, now: now, isNumberGiven: isNumberGiven) {
            case .notMeant: event.filtered += 1
            case .task(let planned):
                var task = NewTask(
                    id: AutomationTaskID(ids.uuid(at: now)), type: rule.content.taskType, origin: .rule,
                    scheduledFor: planned.scheduledFor, expiresAt: planned.expiresAt, skipped: planned.skipped,
                    isPrompt: planned.scheduledFor <= now && event.recipients.count <= Self.promptRecipientsMax)
                task.ruleID = rule.id
                task.eventID = event.id
                task.position = position
                task.subject = event.subject
                task.recipient = facts.recipient.number
                event.tasks.append(task)
            }
        }
    }

    /// - Parameter areWanted: rules will look for somebody: an event that names nobody then has one recipient without a
    ///   number, so that it is seen that one was missing.
    private func recipients(
        of incoming: IncomingEvent, _ tenantID: TenantID, _ catalog: TenantCatalog, areWanted: Bool
    ) async throws -> [NewBusinessEvent.Recipient] {
        if incoming.recipients.isEmpty, areWanted { return [.init(number: nil, isNumberGiven: false)] }
        let wanted = incoming.recipients.compactMap(\.contactID)
        let contacts =
            wanted.isEmpty ? [:] : try await withStorage { try await store.contacts(wanted, of: tenantID) }
        return incoming.recipients.map { written in
            let contact = written.contactID.flatMap { contacts[$0] }
            let number = written.written.flatMap { $0.isEmpty ? nil : $0 } ?? contact?.number
            return NewBusinessEvent.Recipient(
                number: number.flatMap { Self.number($0, catalog) }, isNumberGiven: number != nil,
                name: written.name ?? contact?.name, language: written.language ?? contact?.language,
                contactID: contact == nil ? nil : written.contactID, data: written.data)
        }
    }

    static func number(_ written: String, _ catalog: TenantCatalog) -> String? {
        guard written.utf8.count <= MessageReader.recipientCharactersMax else { return nil }
        return (try? PhoneNumber.parse(written, defaultRegion: catalog.defaultRegion))?.e164
    }

    private static func warnings(_ incoming: IncomingEvent, _ rules: [StoredRule]) -> [FieldProblem] {
        if rules.isEmpty {
            return [
                FieldProblem(
                    "no_rule", "type",
                    "No rule of yours that is switched on is for events of this type. They are recorded all the same.")
            ]
        }
        let needsSubject = rules.contains { $0.rule.onRepeat != .add || !$0.content.cancelledBy.isEmpty }
        guard needsSubject, incoming.subject == nil else { return [] }
        return [
            FieldProblem(
                "subject_missing", "subject",
                "Without a `subject` later events can neither replace nor call off what this one plans.")
        ]
    }
}
