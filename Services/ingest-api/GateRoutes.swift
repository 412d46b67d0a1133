import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Pausing, resuming, and what is closed now.
struct GateRoutes: Sendable {
    static let bodyBytesMax = 8 << 10
    static let noteCharactersMax = 500

    private let parts: RouteParts
    private let store: PauseStore

    init(parts: RouteParts) {
        self.parts = parts
        store = PauseStore(parts.database, ids: parts.ids)
    }

    /// `{"scope":"tenant|sender|template|batch","id":…,"note":…}`: 201 when it is paused by this, 200 when it was.
    func pause(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        let (subject, note) = try Self.read(request, caller.tenantID)
        let paused = try await withStorage {
            try await store.pause(subject, of: caller.tenantID, note: note, by: caller.actor.name)
        }
        guard let paused else { throw Problem.subjectNotFound(subject.scope) }
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .gate))
        var writer = JSONWriter()
        writer.object { paused.gate.writeFields(into: &$0) }
        return .json(paused.isNew ? 201 : 200, writer.bytes)
    }

    func resume(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        let (subject, note) = try Self.read(request, caller.tenantID)
        let resumed = try await withStorage {
            try await store.resume(subject, of: caller.tenantID, note: note, by: caller.actor.name)
        }
        guard let resumed else { throw Problem.subjectNotFound(subject.scope) }
        if resumed.wasPaused { parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .gate)) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("scope", subject.scope.rawValue)
            writer.field("id", subject.id.description)
            writer.field("was_paused", resumed.wasPaused)
            resumed.held.writeFields("released", into: &writer)
        }
        return .json(200, writer.bytes)
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let gates = try await withStorage { try await store.closed(of: caller.tenantID) }
        var writer = JSONWriter(capacity: 256 + gates.count * 512)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for gate in gates { list.object { gate.writeFields(into: &$0) } }
                }
            )
        }
        return .json(200, writer.bytes)
    }

    private static func read(_ request: Request, _ tenantID: TenantID) throws -> (PauseSubject, note: String?) {
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["scope", "id", "note"], problems: &problems)
        let subject = subject(reader, tenantID, &problems)
        let note = reader.text("note", &problems)
        if let note, note.unicodeScalars.count > noteCharactersMax {
            problems.note("note_too_long", "note", "`note` may have \(noteCharactersMax) characters.")
        }
        guard problems.isEmpty, let subject else { throw Problem.refused(problems.all) }
        return (subject, note)
    }

    private static func subject(
        _ reader: FieldReader, _ tenantID: TenantID, _ problems: inout FieldProblems
    ) -> PauseSubject? {
        guard let word = reader.requiredText("scope", &problems) else { return nil }
        guard let scope = GateScope(rawValue: word), scope.canBePaused else {
            problems.note("scope_unknown", "scope", "`scope` must be tenant, sender, template or batch.")
            return nil
        }
        if scope == .tenant, !reader.has("id") { return .tenant(tenantID) }
        guard let written = reader.requiredText("id", &problems) else { return nil }
        guard let id = UUIDValue(written) else {
            problems.note("id_invalid", "id", "`id` must be the UUID of the \(word).")
            return nil
        }
        switch scope {
        case .tenant: return id == tenantID.value ? .tenant(tenantID) : wrongTenant(&problems)
        case .sender: return .sender(SenderID(id))
        case .template: return .template(TemplateID(id))
        case .batch: return .batch(BatchID(id))
        case .account, .portfolio, .provider: return nil
        }
    }

    private static func wrongTenant(_ problems: inout FieldProblems) -> PauseSubject? {
        problems.note("id_invalid", "id", "With the scope tenant leave `id` out: the key says whose messages.")
        return nil
    }
}

extension GateScope {
    /// The others are closed by what WhatsApp says, never by a person of the tenant.
    fileprivate var canBePaused: Bool {
        switch self {
        case .tenant, .sender, .template, .batch: true
        case .account, .portfolio, .provider: false
        }
    }
}

extension ListedGate {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("gate_id", closed.id.description)
        writer.field("scope", closed.scope.rawValue)
        writer.field("id", closed.subjectShown)
        writer.field("cause", closed.cause.rawValue)
        let words = closed.cause.words
        writer.field("title", words.title)
        writer.field("explanation", words.explanation)
        writer.field("remedy", words.remedy)
        writer.field("who_acts", words.who.rawValue)
        if let code = closed.errorCode {
            writer.field("error", object: { ErrorJSON.writeFields(of: code, from: nil, into: &$0) })
        }
        writer.field("note", note)
        writer.field("closed_at", closed.closedAt.rfc3339)
        writer.field("closed_by", closedBy)
        writer.field("until", orNull: closed.opensAt?.rfc3339)
        writer.field("next_probe_at", probeAt?.rfc3339)
        held.writeFields("held", into: &writer)
    }
}

extension ClosedGate {
    /// Which dispatcher saw an outage is nobody's business outside.
    var subjectShown: String {
        switch scope {
        case .provider: String(subject.prefix { $0 != "@" })
        case .tenant, .sender, .template, .batch, .account, .portfolio: subject
        }
    }
}

extension CappedCount {
    /// `"held": 10000, "held_is_more": true`: the second only when there are more.
    func writeFields(_ name: String, into writer: inout JSONWriter) {
        writer.key(name)
        writer.integer(count)
        if isMore {
            writer.key(name + "_is_more")
            writer.boolean(true)
        }
    }
}

extension Problem {
    fileprivate static func subjectNotFound(_ scope: GateScope) -> Problem {
        Problem(
            status: 404,
            code: "\(scope.rawValue)_not_found",
            title: "Not found",
            detail: "You have no \(scope.rawValue) with this id.",
            field: "id"
        )
    }
}
