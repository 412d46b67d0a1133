import APIKit
import EventBus
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// A tenant's API keys. A key can hand on what it may itself do, and nothing more.
struct KeyRoutes: Sendable {
    static let bodyBytesMax = 16 << 10
    static let overlapStandard = 86_400
    static let overlapMax = 30 * 86_400

    private let parts: RouteParts
    private let store: KeyStore

    init(parts: RouteParts) {
        self.parts = parts
        store = KeyStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/keys", list)
        router.on(.post, "/v1/keys", create)
        router.on(.get, "/v1/keys/{id}", detail)
        router.on(.patch, "/v1/keys/{id}", rename)
        router.on(.delete, "/v1/keys/{id}", revoke)
        router.on(.post, "/v1/keys/{id}/rotate", rotate)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let (limit, cursor): (Int, APIKeyID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        let found = try await withStorage { try await store.keys(of: caller.tenantID, before: cursor, max: limit + 1) }
        let (shown, now) = (found.prefix(limit), SystemClock.now())
        var writer = JSONWriter(capacity: 256 + shown.count * 512)
        writer.object { writer in
            writer.field("data", array: { list in for key in shown { list.object { key.writeFields(now, into: &$0) } } })
            writer.field("next_cursor", orNull: found.count > limit ? shown.last.map { Cursor.encode($0.id) } : nil)
        }
        return .json(200, writer.bytes)
    }

    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        var problems = FieldProblems()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let reader = FieldReader(root, known: ["name", "scopes", "expires_at"], problems: &problems)
        let name = SenderWords.name(reader, isRequired: true, &problems)
        let access = Self.scopes(reader, &problems)
        let expiresAt = reader.time("expires_at", &problems)
        if let expiresAt, expiresAt <= SystemClock.now() {
            problems.note("expires_at_too_early", "expires_at", "`expires_at` must lie in the future.")
        }
        guard problems.isEmpty, let name, let access else { throw Problem.refused(problems.all) }
        try requireHeld(access, by: caller)
        let (key, id) = (APIKey.make(), APIKeyID(parts.ids.uuid()))
        let audit = parts.audit(caller, request, "key.created", target: "key \(id)")
        let made = try await withStorage {
            try await store.create(
                key, id: id, name: name, access: access, expiresAt: expiresAt, of: caller.tenantID, audit: audit)
        }
        guard let made else { throw Problem.keyInvalid }
        return shownOnce(key, made, caller)
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        return answer(try await key(of: request, caller))
    }

    private func rename(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        var problems = FieldProblems()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let reader = FieldReader(root, known: ["name"], problems: &problems)
        let given = SenderWords.name(reader, isRequired: true, &problems)
        guard problems.isEmpty, let name = given else { throw Problem.refused(problems.all) }
        let id = try Self.id(of: request)
        let audit = parts.audit(
            caller, request, "key.changed", target: "key \(id)", detail: SettingsRoutes.changed(["name"]))
        let changed = try await withStorage { try await store.rename(id, to: name, of: caller.tenantID, audit: audit) }
        guard let changed else { throw Problem.notFound("key") }
        return answer(changed)
    }

    /// `{"overlap_seconds":86400}`: both work for so long.
    private func rotate(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        var overlap = Self.overlapStandard
        if !request.body.isEmpty {
            var problems = FieldProblems()
            let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
            let reader = FieldReader(root, known: ["overlap_seconds"], problems: &problems)
            overlap = reader.integer("overlap_seconds", in: 0...Self.overlapMax, &problems) ?? overlap
            if !problems.isEmpty { throw Problem.refused(problems.all) }
        }
        let old = try await key(of: request, caller)
        // Else a key could get itself one that may do more.
        try requireHeld(old.access, by: caller)
        let (key, id, span) = (APIKey.make(), APIKeyID(parts.ids.uuid()), Duration.seconds(overlap))
        let audit = parts.audit(caller, request, "key.rotated", target: "key \(old.id)")
        let made = try await withStorage {
            try await store.rotate(old.id, to: key, id: id, overlap: span, of: caller.tenantID, audit: audit)
        }
        guard let made else {
            throw Problem.conflict(
                "key_not_rotatable", "This key is revoked, over, or was rotated already: rotate the key that took its place.")
        }
        return shownOnce(key, made, caller)
    }

    private func revoke(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        if id == caller.keyID {
            throw Problem.conflict(
                "key_revokes_itself", "A key cannot revoke itself: rotate it, and revoke it with the key you get.")
        }
        let audit = parts.audit(caller, request, "key.revoked", target: "key \(id)")
        guard try await withStorage({ try await store.revoke(id, of: caller.tenantID, audit: audit) }) else {
            throw Problem.notFound("key")
        }
        tell(caller)
        return .empty(204)
    }

    // MARK: Pieces

    private static func id(of request: Request) throws -> APIKeyID {
        guard let id = request.pathParameter("id").flatMap({ APIKeyID($0) }) else { throw Problem.notFound("key") }
        return id
    }

    private func key(of request: Request, _ caller: Caller) async throws -> KeyRecord {
        let id = try Self.id(of: request)
        guard let found = try await withStorage({ try await store.key(id, of: caller.tenantID) }) else {
            throw Problem.notFound("key")
        }
        return found
    }

    private static func scopes(_ reader: FieldReader, _ problems: inout FieldProblems) -> Models.Access? {
        guard let value = reader.required("scopes", &problems) else { return nil }
        let words = value.elements?.map(\.string) ?? []
        let scopes = words.compactMap { $0.flatMap { Scope($0) } }
        if !words.isEmpty, scopes.count == words.count { return Models.Access(Set(scopes)) }
        let known = Scope.all.map(\.text).joined(separator: ", ")
        problems.note("scopes_invalid", "scopes", "`scopes` must be a list of at least one of: \(known).")
        return nil
    }

    private func requireHeld(_ access: Models.Access, by caller: Caller) throws {
        let missing = access.scopes.filter { !caller.access.allows($0) }.map(\.text).sorted()
        if !missing.isEmpty { throw Problem.scopesNotHeld(missing) }
    }

    private func shownOnce(_ key: APIKey, _ made: KeyRecord, _ caller: Caller) -> Response {
        tell(caller)
        var writer = JSONWriter()
        writer.object { writer in
            made.writeFields(SystemClock.now(), into: &writer)
            writer.field("key", key.secret.reveal())
        }
        var response = Response.json(201, writer.bytes)
        response.setHeader("Location", "/v1/keys/\(made.id)")
        // The only time that it is written anywhere.
        response.setHeader("Cache-Control", "no-store")
        return response
    }

    private func answer(_ key: KeyRecord) -> Response {
        var writer = JSONWriter()
        writer.object { key.writeFields(SystemClock.now(), into: &$0) }
        return .json(200, writer.bytes)
    }

    private func tell(_ caller: Caller) {
        parts.callers.forget(caller.tenantID)
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .key))
    }
}

extension KeyRecord {
    func writeFields(_ now: Timestamp, into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("prefix", prefix)
        writer.field("scopes", access.scopes.map(\.text).sorted())
        let isOver = expiresAt.map { $0 <= now } ?? false
        writer.field("status", revokedAt != nil ? "revoked" : isOver ? "expired" : "active")
        writer.field("created_at", createdAt.rfc3339)
        writer.field("created_by", orNull: createdBy)
        writer.field("expires_at", orNull: expiresAt?.rfc3339)
        writer.field("revoked_at", orNull: revokedAt?.rfc3339)
        writer.field("last_used_at", orNull: lastUsedAt?.rfc3339)
        writer.field("replaced_by", orNull: replacedBy?.description)
    }
}

extension Problem {
    /// A caller may not give what it does not have.
    static func scopesNotHeld(_ missing: [String]) -> Problem {
        Problem(
            status: 403, code: "scopes_not_held", title: "Not allowed",
            detail: "A key can only hand on what it may itself do. Yours lacks: \(missing.joined(separator: ", ")).")
    }
}
