import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Writing templates, and having them carried to their provider.
struct TemplateRoutes: Sendable {
    static let bodyBytesMax = 64 << 10

    let parts: RouteParts
    let store: TemplateStore

    init(parts: RouteParts) {
        self.parts = parts
        store = TemplateStore(parts.database, ids: parts.ids)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/templates", list)
        router.on(.post, "/v1/templates", create)
        router.on(.get, "/v1/templates/{id}", detail)
        router.on(.patch, "/v1/templates/{id}", change)
        router.on(.delete, "/v1/templates/{id}", delete)
        router.on(.post, "/v1/templates/{id}/submit", submit)
        router.on(.post, "/v1/templates/{id}/unpause", unpause)
        router.on(.get, "/v1/templates/accounts", accounts)
        router.on(.post, "/v1/templates/sync", sync)
        TemplatePreviewRoutes(templates: self).register(in: &router)
        TemplateUsageRoutes(templates: self).register(in: &router)
        TemplateExampleRoutes(templates: self).register(in: &router)
    }

    // MARK: Reading

    private func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        var query = QueryReader(
            request, known: ["status", "category", "name", "language", "account_id", "limit", "cursor"])
        var filter = TemplateFilter()
        filter.status = query.word("status")
        filter.category = query.word("category")
        filter.name = query.text("name")
        filter.language = query.text("language")
        filter.accountID = query.text("account_id")
        let limit = query.limit()
        let before: TemplateID? = query.cursor()
        try query.requireNoProblems()
        let wanted = filter
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, wanted, before: before, limit: limit)
        }
        var writer = JSONWriter(capacity: 1_024 + page.templates.count * 2_048)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for template in page.templates { list.object { template.writeFields(into: &$0) } }
                })
            writer.key("next_cursor")
            if page.hasMore, let last = page.templates.last {
                writer.string(Cursor.encode(last.id))
            } else {
                writer.null()
            }
        }
        return .json(200, writer.bytes)
    }

    private func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let template = try await template(id, caller)
        let history = try await withStorage { try await store.history(of: id, tenantID: caller.tenantID) }
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            template.writeFields(into: &writer)
            writer.field(
                "history",
                array: { list in for event in history { list.object { event.writeFields(into: &$0) } } })
        }
        return .json(200, writer.bytes)
    }

    private func accounts(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let accounts = try await withStorage { try await store.accounts(of: caller.tenantID) }
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in for account in accounts { list.object { account.writeFields(into: &$0) } } })
            writer.key("next_cursor")
            writer.null()
        }
        return .json(200, writer.bytes)
    }

    // MARK: Writing

    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        let accounts = try await withStorage { try await store.accounts(of: caller.tenantID) }
        var problems = FieldProblems()
        let fields = FieldReader(root, known: TemplateReading.fieldsOfCreation, problems: &problems)
        let account = TemplateReading.account(fields, accounts, &problems)
        let submits = fields.boolean("submit", &problems) ?? false
        let draft = TemplateReading(fields).draft(over: nil, in: account, &problems)
        guard problems.isEmpty, let draft else { throw Problem.refused(problems.all) }
        return try await add(draft, for: caller, submits: submits, request)
    }

    func add(
        _ draft: TemplateDraft, for caller: Caller, submits: Bool, _ request: Request
    ) async throws -> Response {
        let audit = audit(submits ? "template.created_and_submitted" : "template.created", caller, request)
        let made = try await withStorage {
            try await store.create(draft, of: caller.tenantID, submits: submits, audit: audit, now: SystemClock.now())
        }
        guard let made else { throw Problem.templateExists(draft.proposal) }
        tell(caller)
        var response = Response.json(201, Self.json(made))
        response.setHeader("Location", "/v1/templates/\(made.id)")
        return response
    }

    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        _ = FieldReader(root, known: TemplateReading.fieldsOfChange, problems: &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let changed = try await decide(on: id, "template.changed", caller, request) { current in
            if let busy = current.pendingAction { return .failure(.rule(.busy(busy))) }
            return TemplateReading.change(of: current, root)
        }
        tell(caller)
        return .json(200, Self.json(changed))
    }

    private func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let changed = try await decide(on: try Self.id(of: request), "template.deleted", caller, request) { current in
            if let busy = current.pendingAction { return .failure(.rule(.busy(busy))) }
            if let refusal = TemplateRules.delete(current.status) { return .failure(.rule(refusal)) }
            return .success(current.status == .draft ? .forget : .order(.delete))
        }
        tell(caller)
        return changed.status == .deleted ? Response(status: 204) : .json(202, Self.json(changed))
    }

    private func submit(_ request: Request) async throws -> Response {
        let now = SystemClock.now()
        return try await order(.submit, "template.submitted", request) { current in
            TemplateRules.submit(
                current.status, current.provider, hasChanges: current.changes != nil, edits: current.editedAt, now: now)
        }
    }

    private func unpause(_ request: Request) async throws -> Response {
        try await order(.unpause, "template.unpaused", request) { TemplateRules.unpause($0.status, $0.provider) }
    }

    private func order(
        _ action: TemplateAction, _ auditAction: String, _ request: Request,
        _ check: @escaping @Sendable (StoredTemplate) -> TemplateRefusal?
    ) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        let changed = try await decide(on: try Self.id(of: request), auditAction, caller, request) { current in
            if let busy = current.pendingAction { return .failure(.rule(.busy(busy))) }
            if let refusal = check(current) { return .failure(.rule(refusal)) }
            if action == .submit {
                let flaws = current.proposal.check()
                if !flaws.isEmpty { return .failure(.fields(flaws.map(FieldProblem.init))) }
            }
            return .success(.order(action))
        }
        return .json(202, Self.json(changed))
    }

    /// `{}`: all accounts; `{"account_id": …}`: one.
    private func sync(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .templates)
        try request.refuseParameters()
        var accountID: String?
        if !request.body.isEmpty {
            let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
            var problems = FieldProblems()
            accountID = FieldReader(root, known: ["account_id"], problems: &problems).text("account_id", &problems)
            guard problems.isEmpty else { throw Problem.refused(problems.all) }
        }
        let audit = audit("templates.sync_asked", caller, request)
        let wanted = accountID
        let accounts = try await withStorage {
            try await store.orderSync(of: wanted, tenantID: caller.tenantID, audit: audit)
        }
        guard !accounts.isEmpty else {
            throw Problem.refused([accountID == nil ? .accountMissing : .accountNotFound("account_id")])
        }
        var writer = JSONWriter()
        writer.object { $0.field("accounts", accounts) }
        return .json(202, writer.bytes)
    }

    // MARK: Small pieces

    static func id(of request: Request) throws -> TemplateID {
        guard let id = request.pathParameter("id").flatMap({ TemplateID($0) }) else { throw Problem.notFound("template") }
        return id
    }

    func template(_ id: TemplateID, _ caller: Caller) async throws -> StoredTemplate {
        let template = try await withStorage { try await store.template(id, of: caller.tenantID) }
        guard let template else { throw Problem.notFound("template") }
        return template
    }

    private func decide(
        on id: TemplateID, _ action: String, _ caller: Caller, _ request: Request,
        _ decide: @escaping @Sendable (StoredTemplate) -> Result<TemplateDecision, TemplateRoutesRefusal>
    ) async throws -> StoredTemplate {
        let audit = audit(action, caller, request)
        let outcome = try await withStorage {
            try await store.change(id, of: caller.tenantID, audit: audit, decide)
        }
        switch outcome {
        case nil: throw Problem.notFound("template")
        case .failure(.fields(let problems)): throw Problem.refused(problems)
        case .failure(.rule(let refusal)): throw Problem.template(refusal)
        case .success(let changed): return changed
        }
    }

    private func audit(_ action: String, _ caller: Caller, _ request: Request) -> AuditEntry {
        AuditEntry(
            id: parts.ids.uuid(), tenantID: caller.tenantID, actor: caller.actor, action: action,
            address: caller.address ?? request.remoteAddress)
    }

    private func tell(_ caller: Caller) {
        parts.catalogs.forget(caller.tenantID)
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .template))
    }

    private static func json(_ template: StoredTemplate) -> [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { template.writeFields(into: &$0) }
        return writer.bytes
    }
}

enum TemplateRoutesRefusal: Error, Sendable {
    case fields([FieldProblem])
    case rule(TemplateRefusal)
}

extension FieldProblem {
    init(_ flaw: TemplateFlaw) {
        self.init(flaw.code.rawValue, flaw.field, flaw.detail)
    }

    static var accountMissing: FieldProblem {
        FieldProblem(
            "account_missing", "account_id", "A template belongs to an account, and you have none: add a sender first.")
    }

    static func accountNotFound(_ field: String) -> FieldProblem {
        FieldProblem(
            "account_not_found", field,
            "None of your senders sends through this account. GET /v1/templates/accounts lists yours.")
    }
}

extension Problem {
    fileprivate static func templateExists(_ proposal: TemplateProposal) -> Problem {
        .conflict(
            "template_exists",
            "The account has a template `\(proposal.name)` in `\(proposal.language)`: change that one, or choose another name.",
            field: "name")
    }

    fileprivate static func template(_ refusal: TemplateRefusal) -> Problem {
        switch refusal {
        case .notChangeable(let status):
            conflict(
                "template_not_changeable",
                "The template is \(status.rawValue). Drafts, approved, rejected and paused templates can be changed.")
        case .fixedAtProvider:
            conflict(
                "template_not_changeable", "What was handed to Twilio never changes. Create the template under another name.")
        case .nothingToSubmit(let status):
            conflict(
                "template_unchanged",
                "The template is \(status.rawValue), and nothing was changed since. Change it, then submit it.")
        case .busy(let action):
            conflict(
                "template_busy", "Another order for the template is being carried out: \(action.rawValue). Try again in a moment.")
        case .editLimit(let time):
            conflict(
                "template_edit_limit",
                "WhatsApp takes \(TemplateRules.editsADay) change of an approved template a day and "
                    + "\(TemplateRules.editsAMonth) in 30 days. The next one from \(time.rfc3339) on; your changes are kept until then.")
        case .notDeletable(let status):
            conflict("template_not_deletable", "The template is \(status.rawValue): WhatsApp does not delete it.")
        case .notPaused(let status):
            conflict(
                "template_not_paused", "Only paused templates of Meta's can be unpaused; this one is \(status.rawValue).")
        }
    }
}
