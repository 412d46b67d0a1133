import APIKit
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Runtime
import Storage

/// The list of those who must not be written to.
struct SuppressionRoutes: Sendable {
    static let bodyBytesMax = 1 << 20
    static let entriesMax = 1_000
    static let noteCharactersMax = 500
    private static let fields = ["recipient", "category", "reason", "note", "until"]

    private let parts: RouteParts
    private let store: SuppressionStore

    init(_ parts: RouteParts) {
        self.parts = parts
        store = SuppressionStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/suppressions", list)
        router.on(.post, "/v1/suppressions", add)
        router.on(.get, "/v1/suppressions/{id}", detail)
        router.on(.delete, "/v1/suppressions/{id}", remove)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        let region = try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion
        var query = QueryReader(request, known: SuppressionQuery.parameters + ["limit", "cursor"])
        let wanted = SuppressionQuery.filter(&query) { Self.recipient($0, region) }
        let limit = query.limit()
        let before: UUIDValue? = query.value(
            "cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged."
        ) { Cursor.decode(text: $0).flatMap { UUIDValue($0) } }
        try query.requireNoProblems()
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, wanted, before: before, limit: limit)
        }
        let next = page.hasMore ? page.entries.last.map { Cursor.encode(text: $0.id.description) } : nil
        return .json(200, ListJSON.body(of: page.entries, next: next) { $0.writeFields(into: &$1) })
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        guard let entry = try await withStorage({ try await store.entry(id, of: caller.tenantID) }) else {
            throw Problem.notFound("suppression")
        }
        var writer = JSONWriter()
        writer.object { entry.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }

    /// One entry as the body, or many as `{"entries":[…]}`.
    private func add(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let region = try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        var drafts: [SuppressionDraft] = []
        let isMany = root["entries"] != nil
        if isMany {
            let reader = FieldReader(root, known: ["entries"], problems: &problems)
            let entries = reader["entries"]?.elements ?? []
            if !(1...Self.entriesMax).contains(entries.count) {
                problems.note("entries_invalid", "entries", "`entries` must be a list of 1 to \(Self.entriesMax).")
            } else {
                for (index, entry) in entries.enumerated() {
                    if let draft = Self.draft(entry, "entries[\(index)].", region, &problems) { drafts.append(draft) }
                }
            }
        } else if let draft = Self.draft(root, "", region, &problems) {
            drafts = [draft]
        }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let audit = AuditEntry.of(
            caller, parts.ids, "suppressions.added", detail: [("entries", "\(drafts.count)")])
        let adding = drafts
        let entries = try await withStorage { try await store.add(adding, of: caller.tenantID, audit: audit) }
        tell(caller)
        if isMany { return .json(201, ListJSON.body(of: entries, next: nil) { $0.writeFields(into: &$1) }) }
        guard let entry = entries.first else { throw Problem.notFound("suppression") }
        var writer = JSONWriter()
        writer.object { entry.writeFields(into: &$0) }
        var response = Response.json(201, writer.bytes)
        response.setHeader("Location", "/v1/suppressions/\(entry.id)")
        return response
    }

    /// What people and WhatsApp did may be taken away too: the tenant answers for it, and the audit log says who did.
    private func remove(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let audit = AuditEntry.of(caller, parts.ids, "suppression.removed", target: "suppression \(id)")
        guard try await withStorage({ try await store.remove(id, of: caller.tenantID, audit: audit) }) else {
            throw Problem.notFound("suppression")
        }
        tell(caller)
        return Response(status: 204)
    }

    private static func draft(
        _ object: JSONValue, _ path: String, _ region: String?, _ problems: inout FieldProblems
    ) -> SuppressionDraft? {
        let reader = FieldReader(object, path: path, known: fields, problems: &problems)
        guard object.kind == .object, let written = reader.requiredText("recipient", &problems) else { return nil }
        guard let recipient = recipient(written, region) else {
            problems.note(
                "recipient_invalid", path + "recipient",
                "`recipient` must be a telephone number with its country code, or a user id of WhatsApp's.")
            return nil
        }
        var draft = SuppressionDraft(recipient: recipient)
        if let word = reader.text("category", &problems) {
            if let category = SuppressionCategory(word) {
                draft.category = category
            } else {
                problems.note(
                    "category_unknown", path + "category",
                    "`category` must be all, marketing, utility or authentication.")
            }
        }
        if let word = reader.text("reason", &problems) {
            if let reason = SuppressionReason(rawValue: word), SuppressionReason.ofTenants.contains(reason) {
                draft.reason = reason
            } else {
                let words = SuppressionReason.ofTenants.map(\.rawValue).joined(separator: ", ")
                problems.note("reason_unknown", path + "reason", "`reason` must be one of \(words).")
            }
        }
        draft.note = reader.text("note", &problems)
        if let note = draft.note, note.unicodeScalars.count > noteCharactersMax {
            problems.note("note_too_long", path + "note", "`note` may have \(noteCharactersMax) characters.")
        }
        draft.until = reader.time("until", &problems)
        if let until = draft.until, until <= SystemClock.now() {
            problems.note("until_in_past", path + "until", "`until` must lie in the future.")
        }
        return draft
    }

    private static func recipient(_ written: String, _ region: String?) -> String? {
        if UserIDText.isValid(written) { return written }
        return try? PhoneNumber.parse(written, defaultRegion: region).e164
    }

    private static func id(of request: Request) throws -> UUIDValue {
        guard let id = request.pathParameter("id").flatMap({ UUIDValue($0) }) else {
            throw Problem.notFound("suppression")
        }
        return id
    }

    private func tell(_ caller: Caller) {
        parts.catalogs.forget(caller.tenantID)
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .settings))
    }
}
