import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// The people of a business. A key can give a role only what the key may itself do.
struct UserRoutes: Sendable {
    static let bodyBytesMax = 16 << 10
    static let nameCharactersMax = 200
    static let emailBytesMax = 320

    private let parts: RouteParts
    private let store: PeopleStore

    init(parts: RouteParts) {
        self.parts = parts
        store = PeopleStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/users", list)
        router.on(.post, "/v1/users", create)
        router.on(.get, "/v1/users/{id}", detail)
        router.on(.patch, "/v1/users/{id}", change)
        router.on(.delete, "/v1/users/{id}", remove)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let (limit, cursor): (Int, UserID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        let found = try await withStorage { try await store.people(of: caller.tenantID, before: cursor, max: limit + 1) }
        let shown = found.prefix(limit)
        var writer = JSONWriter(capacity: 256 + shown.count * 512)
        writer.object { writer in
            writer.field("data", array: { list in for person in shown { list.object(person.writeFields) } })
            writer.field("next_cursor", orNull: found.count > limit ? shown.last.map { Cursor.encode($0.id) } : nil)
        }
        return .json(200, writer.bytes)
    }

    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        var problems = FieldProblems()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let reader = FieldReader(root, known: ["email", "name", "role"], problems: &problems)
        let email = reader.requiredText("email", &problems).flatMap { Self.email($0, &problems) }
        let name = Self.name(reader, &problems) ?? ""
        _ = reader.required("role", &problems)
        let role = Self.role(reader, &problems)
        guard problems.isEmpty, let email, let role else { throw Problem.refused(problems.all) }
        try requireHeld(role, by: caller)
        let id = UserID(parts.ids.uuid())
        let audit = parts.audit(caller, request, "user.created", target: "user \(id)")
        let made = try await withStorage {
            try await store.create(id, email: email, name: name, role: role, of: caller.tenantID, audit: audit)
        }
        guard let made else {
            throw Problem.conflict("user_exists", "Your business has a person with this address.", field: "email")
        }
        var response = Self.answer(made, status: 201)
        response.setHeader("Location", "/v1/users/\(made.id)")
        return response
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        return Self.answer(try await person(of: request, caller))
    }

    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        var problems = FieldProblems()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let reader = FieldReader(root, known: ["name", "role", "status"], problems: &problems)
        let names = ["name", "role", "status"].filter(reader.has)
        if names.isEmpty, problems.isEmpty {
            problems.note("nothing_to_change", nil, "Name at least one field with its new value.")
        }
        let (name, role) = (Self.name(reader, &problems), Self.role(reader, &problems))
        let isActive = reader.text("status", &problems).flatMap { word -> Bool? in
            if word == "active" || word == "disabled" { return word == "active" }
            problems.note("status_unknown", "status", "`status` must be active or disabled.")
            return nil
        }
        if !problems.isEmpty { throw Problem.refused(problems.all) }
        let before = try await person(of: request, caller)
        // Whoever gives somebody more, or takes from somebody more powerful, must have it.
        try requireHeld(before.role, by: caller)
        if let role { try requireHeld(role, by: caller) }
        let audit = parts.audit(
            caller, request, "user.changed", target: "user \(before.id)", detail: SettingsRoutes.changed(names))
        let outcome = try await withStorage {
            try await store.change(
                before.id, of: caller.tenantID, name: name, role: role, isActive: isActive, audit: audit)
        }
        switch outcome {
        case .changed(let person): return Self.answer(person)
        case .unknown: throw Problem.notFound("user")
        case .lastOwner: throw Problem.lastOwner
        }
    }

    private func remove(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .keys)
        try request.refuseParameters()
        let before = try await person(of: request, caller)
        try requireHeld(before.role, by: caller)
        let audit = parts.audit(caller, request, "user.deleted", target: "user \(before.id)")
        switch try await withStorage({ try await store.remove(before.id, of: caller.tenantID, audit: audit) }) {
        case .removed: return .empty(204)
        case .unknown: throw Problem.notFound("user")
        case .lastOwner: throw Problem.lastOwner
        }
    }

    // MARK: Pieces

    private func person(of request: Request, _ caller: Caller) async throws -> PersonRecord {
        guard let id = request.pathParameter("id").flatMap({ UserID($0) }),
            let found = try await withStorage({ try await store.person(id, of: caller.tenantID) })
        else { throw Problem.notFound("user") }
        return found
    }

    private static func answer(_ person: PersonRecord, status: Int = 200) -> Response {
        var writer = JSONWriter()
        writer.object(person.writeFields)
        return .json(status, writer.bytes)
    }

    private func requireHeld(_ role: Role, by caller: Caller) throws {
        let missing = role.access.scopes.filter { !caller.access.allows($0) }.map(\.text).sorted()
        if !missing.isEmpty { throw Problem.scopesNotHeld(missing) }
    }

    private static func name(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let name = reader.text("name", &problems) else { return nil }
        if name.unicodeScalars.count <= nameCharactersMax { return name }
        problems.note("name_invalid", "name", "`name` may have \(nameCharactersMax) characters.")
        return nil
    }

    private static func role(_ reader: FieldReader, _ problems: inout FieldProblems) -> Role? {
        guard let word = reader.text("role", &problems) else { return nil }
        if let role = Role(rawValue: word) { return role }
        let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
        problems.note("role_unknown", "role", "`role` must be one of \(known).")
        return nil
    }

    /// In lower case. What can be no address is refused; whether it is one only a mail can tell.
    private static func email(_ text: String, _ problems: inout FieldProblems) -> String? {
        let email = text.lowercased()
        let halves = email.split(separator: "@", omittingEmptySubsequences: false)
        if email.utf8.count <= emailBytesMax, halves.count == 2, !halves[0].isEmpty, halves[0].utf8.count <= 64,
            halves[1].contains("."), halves[1].first != ".", halves[1].last != ".",
            email.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"(),:;<>[\\]".utf8.contains($0) })
        {
            return email
        }
        problems.note("email_invalid", "email", "`email` must be an e-mail address.")
        return nil
    }
}

extension PersonRecord {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("email", email)
        writer.field("name", name)
        writer.field("role", role.rawValue)
        writer.field("status", isActive ? "active" : "disabled")
        writer.field("created_at", createdAt.rfc3339)
        writer.field("created_by", orNull: createdBy)
        writer.field("last_sign_in_at", orNull: lastSignInAt?.rfc3339)
    }
}

extension Problem {
    fileprivate static var lastOwner: Problem {
        .conflict("last_owner", "Nobody would be left who may do everything: make somebody else an owner first.")
    }
}
