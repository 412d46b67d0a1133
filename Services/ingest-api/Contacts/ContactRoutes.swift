import APIKit
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Postgres
import Runtime
import Storage

/// People a business writes to.
struct ContactRoutes: Sendable {
    static let bodyBytesMax = 64 << 10

    let parts: RouteParts
    let store: ContactStore
    let consents: ConsentStore

    init(_ parts: RouteParts) {
        self.parts = parts
        store = ContactStore(parts.database)
        consents = ConsentStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/contacts", list)
        router.on(.post, "/v1/contacts", create)
        router.on(.post, "/v1/contacts/import", importContacts)
        router.on(.get, "/v1/contacts/{id}", detail)
        router.on(.patch, "/v1/contacts/{id}", change)
        router.on(.delete, "/v1/contacts/{id}", delete)
        router.on(.get, "/v1/contacts/{id}/consents", ledger)
        router.on(.post, "/v1/contacts/{id}/consents", consent)
        SuppressionRoutes(parts).register(in: &router)
        ConsentSettingsRoutes(parts).register(in: &router)
        ConversationRoutes(parts).register(in: &router)
    }

    // MARK: Reading

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        let region = try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion
        var query = QueryReader(request, known: ContactQuery.parameters + ["limit", "cursor"])
        let wanted = ContactQuery.filter(&query) { try? PhoneNumber.parse($0, defaultRegion: region).e164 }
        let limit = query.limit()
        let before: ContactID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, wanted, before: before, limit: limit)
        }
        let next = page.hasMore ? page.contacts.last.map { Cursor.encode($0.id) } : nil
        return .json(200, ListJSON.body(of: page.contacts, next: next) { $0.writeFields(into: &$1) })
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        return .json(200, try await json(of: try Self.id(of: request), caller))
    }

    private func ledger(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let before: UUIDValue? = query.value(
            "cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged."
        ) { Cursor.decode(text: $0).flatMap { UUIDValue($0) } }
        try query.requireNoProblems()
        let id = try Self.id(of: request)
        let page = try await withStorage {
            try await consents.ledger(of: id, tenantID: caller.tenantID, before: before, limit: limit)
        }
        if page.records.isEmpty, before == nil { _ = try await json(of: id, caller) }
        let next = page.hasMore ? page.records.last.map { Cursor.encode(text: $0.id.description) } : nil
        return .json(200, ListJSON.body(of: page.records, next: next) { $0.writeFields(into: &$1) })
    }

    // MARK: Writing

    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let reader = try await reader(caller)
        var problems = FieldProblems()
        guard let draft = reader.draft(from: root, source: "api", &problems) else {
            throw Problem.refused(problems.all)
        }
        let writing = writing(.create, "api", caller, "contact.created")
        let outcomes = try await withStorage { try await store.write([draft], writing) }
        switch outcomes.first {
        case .created(let id):
            tell(caller, if: !draft.consents.isEmpty)
            var response = Response.json(201, try await json(of: id, caller))
            response.setHeader("Location", "/v1/contacts/\(id)")
            return response
        case .exists(let id), .conflict(let id), .updated(let id): throw Problem.contactExists(id)
        case .beyondPlan(let max): throw Problem.contactsBeyondPlan(max)
        case nil: throw Problem.notFound("contact")
        }
    }

    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let reader = try await reader(caller)
        var problems = FieldProblems()
        guard let patch = reader.patch(from: root, &problems) else { throw Problem.refused(problems.all) }
        let audit = audit("contact.changed", caller, target: "contact \(id)")
        let outcome = try await withStorage {
            try await store.change(id, of: caller.tenantID, patch, audit: audit)
        }
        switch outcome {
        case .changed: return .json(200, try await json(of: id, caller))
        case .notFound: throw Problem.notFound("contact")
        case .taken: throw Problem.contactExists(nil)
        case .nameless:
            throw Problem.refused(
                "contact_unnamed", "phone",
                "A contact keeps at least one of `phone`, `user_id` and `external_id`.")
        }
    }

    private func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let audit = audit("contact.deleted", caller, target: "contact \(id)")
        guard try await withStorage({ try await store.delete(id, of: caller.tenantID, audit: audit) }) else {
            throw Problem.notFound("contact")
        }
        return Response(status: 204)
    }

    private func consent(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let drafts = ConsentReader(now: SystemClock.now()).drafts(from: root, path: "", source: "api", &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let entries = drafts.map { (id: parts.ids.uuid(), consent: $0) }
        let audits = drafts.map { draft in
            audit(
                "contact.\(draft.status.rawValue)", caller, target: "contact \(id)",
                detail: [("category", draft.category.rawValue), ("source", draft.source)])
        }
        let isKnown = try await withStorage {
            try await consents.record(
                entries, of: id, tenantID: caller.tenantID, by: caller.actor, audit: audits)
        }
        guard isKnown else { throw Problem.notFound("contact") }
        tell(caller, if: true)
        return .json(201, try await json(of: id, caller))
    }

    // MARK: Small pieces

    static func id(of request: Request) throws -> ContactID {
        guard let id = request.pathParameter("id").flatMap({ ContactID($0) }) else { throw Problem.notFound("contact") }
        return id
    }

    func reader(_ caller: Caller) async throws -> ContactReader {
        ContactReader(
            defaultRegion: try await parts.catalogs.catalog(of: caller.tenantID).defaultRegion, now: SystemClock.now())
    }

    private func json(of id: ContactID, _ caller: Caller) async throws -> [UInt8] {
        let detail = try await withStorage { try await store.detail(of: id, tenantID: caller.tenantID) }
        guard let detail else { throw Problem.notFound("contact") }
        return detail.json
    }

    func writing(
        _ mode: ContactStore.WriteMode, _ origin: String, _ caller: Caller, _ action: String,
        detail: [(name: StaticString, value: String)] = []
    ) -> ContactStore.Writing {
        ContactStore.Writing(
            tenantID: caller.tenantID, mode: mode, origin: origin, actor: caller.actor,
            audit: audit(action, caller, detail: detail), makeID: { [ids = parts.ids] in ids.uuid() })
    }

    private func audit(
        _ action: String, _ caller: Caller, target: String? = nil,
        detail: [(name: StaticString, value: String)] = []
    ) -> AuditEntry {
        AuditEntry.of(caller, parts.ids, action, target: target, detail: detail)
    }

    /// Whoever remembers that a tenant's list is empty asks again.
    func tell(_ caller: Caller, if isAboutConsent: Bool) {
        if !isAboutConsent { return }
        parts.catalogs.forget(caller.tenantID)
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .settings))
    }
}

extension AuditEntry {
    static func of(
        _ caller: Caller, _ ids: IDSource, _ action: String, target: String? = nil,
        detail: [(name: StaticString, value: String)] = []
    ) -> AuditEntry {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, value) in detail { writer.field(name, value) }
        }
        return AuditEntry(
            id: ids.uuid(), tenantID: caller.tenantID, actor: caller.actor, action: action, target: target,
            detail: JSONText(writer.bytes), address: caller.address)
    }
}

extension Problem {
    static func contactExists(_ id: ContactID?) -> Problem {
        conflict(
            "contact_exists",
            id.map { "The contact \($0) has this phone, user id or external id: change that one." }
                ?? "Another contact has this phone, user id or external id.")
    }

    static func contactsBeyondPlan(_ max: Int) -> Problem {
        Problem(
            status: 403, code: "plan_limit_reached", title: "Not allowed",
            detail: "Your plan allows \(max) contacts. Delete some, or have the plan changed.")
    }
}
