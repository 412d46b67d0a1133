import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// What the routes of the administration work with.
struct AdminParts: Sendable {
    static let bodyBytesMax = 16 << 10

    let site: SiteParts
    let tenants: TenantAdminStore
    let access: TenantAccessStore
    let plans: PlanStore
    let rateCards: RateCardStore
    let audit: AuditStore

    init(_ site: SiteParts) {
        self.site = site
        tenants = TenantAdminStore(site.platformDatabase, SecretStore(site.settings.masterKeys), ids: site.ids)
        access = TenantAccessStore(site.platformDatabase, ids: site.ids)
        plans = PlanStore(site.platformDatabase, ids: site.ids)
        rateCards = RateCardStore(site.platformDatabase, ids: site.ids)
        audit = AuditStore(site.platformDatabase)
    }

    func tell(_ tenantID: TenantID, _ subjects: ControlNews.Subject...) {
        site.tell(subjects.map { ControlNews(tenantID: tenantID, what: $0) })
    }

    func tenantID(of request: Request) throws -> TenantID {
        guard let id = request.pathParameter("id").flatMap({ TenantID($0) }) else { throw Problem.tenantNotFound }
        return id
    }

    /// The body's fields; a request without a body has none where that is allowed.
    func fields(
        of request: Request, known: [String], mayBeAbsent: Bool = false, _ problems: inout FieldProblems
    ) throws -> FieldReader {
        try request.refuseParameters()
        if mayBeAbsent, request.body.isEmpty { return try Self.noFields(&problems) }
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        return FieldReader(root, known: known, problems: &problems)
    }

    private static func noFields(_ problems: inout FieldProblems) throws -> FieldReader {
        FieldReader(try JSONDocument(parsing: Array("{}".utf8)).root, known: [], problems: &problems)
    }

    func invitation(to email: EmailAddress, business: String) -> InvitationMail {
        InvitationMail(
            subject: "You have access to \(business) in Tidings",
            body: """
                \(email) can now sign in to \(business) in Tidings, where its WhatsApp messages are seen and looked after.

                \(site.settings.publicURL)/sign-in

                Enter this address there; each time you get a link by mail, and need no password.
                """)
    }
}

/// The fields that several routes have.
enum AdminFields {
    static let nameCharactersMax = 200

    /// A name for people: not empty, no control characters, 200 characters at most.
    static func name(_ key: String, _ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let written = reader.text(key, &problems) else { return nil }
        let name = written.trimmed
        guard !name.isEmpty, name.count <= nameCharactersMax, !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            problems.note(
                "\(key)_invalid", reader.path + key,
                "`\(reader.path)\(key)` must have 1 to \(nameCharactersMax) characters on one line.")
            return nil
        }
        return name
    }

    static func requiredName(_ key: String, _ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard reader.has(key) else {
            problems.note("field_missing", reader.path + key, "`\(reader.path)\(key)` is required.")
            return nil
        }
        return name(key, reader, &problems)
    }

    static func email(_ reader: FieldReader, _ problems: inout FieldProblems) -> EmailAddress? {
        guard let written = reader.requiredText("email", &problems) else { return nil }
        if let email = EmailAddress(written.trimmed) { return email }
        problems.note("email_invalid", reader.path + "email", "`\(reader.path)email` must be an e-mail address.")
        return nil
    }

    static func role(_ reader: FieldReader, _ problems: inout FieldProblems) -> Role? {
        guard let written = reader.text("role", &problems) else { return nil }
        if let role = Role(rawValue: written) { return role }
        problems.note("role_unknown", reader.path + "role", "`\(reader.path)role` must be owner, operator or viewer.")
        return nil
    }

    /// Absent: everything.
    static func access(_ reader: FieldReader, _ problems: inout FieldProblems) -> Models.Access {
        guard let value = reader["scopes"] else { return .everything }
        let field = reader.path + "scopes"
        guard let words = value.elements?.map(\.string), !words.isEmpty, !words.contains(nil) else {
            problems.note("field_wrong_type", field, "`\(field)` must be a list of at least one scope.")
            return .everything
        }
        var scopes: Set<Scope> = []
        for word in words.compactMap({ $0 }) {
            guard let scope = Scope(word) else {
                let all = Scope.all.map(\.text).joined(separator: ", ")
                problems.note("scope_unknown", field, "There is no scope `\(word.shortened)`. There are: \(all).")
                continue
            }
            scopes.insert(scope)
        }
        return Models.Access(scopes)
    }

    /// Absent: never.
    static func expiry(_ reader: FieldReader, _ problems: inout FieldProblems) -> Timestamp? {
        guard let at = reader.time("expires_at", &problems) else { return nil }
        if at > SystemClock.now() { return at }
        problems.note("expires_at_invalid", reader.path + "expires_at", "`\(reader.path)expires_at` must lie ahead.")
        return nil
    }
}

extension Problem {
    static let tenantNotFound = notFound("tenant", field: "id", "There is no tenant with this id.")
    static let planNotFound = notFound("plan", field: "name", "There is no plan of this name.")
    static let keyNotFound = notFound("key", field: "key_id", "There is no key with this id.")
    static let userNotFound = notFound("user", field: "user_id", "There is no user with this id.")

    private static func notFound(_ thing: String, field: String, _ detail: String) -> Problem {
        Problem(status: 404, code: "\(thing)_not_found", title: "Not found", detail: detail, field: field)
    }

    static let founderSessionNeeded = Problem(
        status: 403,
        code: "founder_session_needed",
        title: "Not allowed",
        detail: "Admin keys are made by a founder who is signed in, not by another key."
    )

    static func refused(_ refusal: TenantRefusal) -> Problem {
        switch refusal {
        case .slugTaken:
            .conflict("slug_taken", "Another business has this slug.", field: "slug")
        case .planUnknown:
            .refused("plan_unknown", "plan", "There is no plan of this name: GET /v1/admin/plans lists them.")
        case .timeZoneUnknown:
            .refused("time_zone_unknown", "time_zone", "`time_zone` must be a zone of the IANA list: `Europe/Rome`.")
        case .deleted:
            .conflict("tenant_deleted", "This business was deleted, for good.")
        case .notConfirmed:
            .refused("confirmation_wrong", "confirm", "`confirm` must be the business's slug: deleting is for good.")
        }
    }
}
