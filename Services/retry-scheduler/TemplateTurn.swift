import EventBus
import HTTPClient
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// Carries out what tenants ordered to be done with their templates: hands them in, deletes them, lifts pauses.
///
/// An order may be carried out twice, when whoever took it died: each call is one that can be repeated, or one whose
/// repetition is recognised.
struct TemplateTurn: Sendable {
    static let takenMax = 10
    /// After so many tries without an answer (about a day) the tenant is told.
    static let triesMax = 12
    static let waitMax: Duration = .seconds(3 * 3_600)
    static let throttledWait: Duration = .seconds(900)
    /// What the example of a header may weigh (Meta, media: a video).
    static let exampleBytesMax = 16 << 20

    let store: TemplateTaskStore
    let apis: TemplateAPIs
    let tell: @Sendable ([ControlNews]) -> Void
    private let ended: @Sendable (String) -> Counter = { result in
        MetricsRegistry.shared.counter(
            "tidings_template_orders_total", help: "Orders about templates that ended, by how.", labels: [("result", result)])
    }

    init(store: TemplateTaskStore, apis: TemplateAPIs, tell: @escaping @Sendable ([ControlNews]) -> Void) {
        self.store = store
        self.apis = apis
        self.tell = tell
    }

    /// - Returns: whether there is more to do at once.
    func run() async throws -> Bool {
        let tasks = try await store.take(max: Self.takenMax)
        // One after the other: an account's calls are few an hour, and nobody waits for these.
        for task in tasks {
            do {
                try await carryOut(task)
            } catch let error as DatabaseError {
                throw error
            } catch {
                // A token that does not open must not keep the others waiting.
                Log.error("a template's order failed", ["action": task.action.rawValue, "reason": "\(error)"])
                try await finish(task, .refused(trouble(task, nil, "The sender's token cannot be read. Set it anew.")))
            }
        }
        return tasks.count == Self.takenMax
    }

    private func carryOut(_ task: TemplateTaskStore.Task) async throws {
        guard let senderID = task.senderID, let sender = try await apis.sender(senderID, task.tenantID) else {
            return try await finish(
                task,
                .refused(trouble(task, nil, "No sender uses the account \(task.template.accountID) any more.")))
        }
        let isNew = task.action == .submit && task.template.status == .draft
        if isNew, try await store.creationsOfLastHour(in: sender.accountID) >= TemplateRules.creationsAnHour {
            return try await store.putOff(task, by: .seconds(600), keepsTry: false)
        }
        let reply =
            switch sender.provider {
            case .meta: await throughMeta(task, sender)
            case .twilio: try await throughTwilio(task, sender)
            }
        switch reply {
        case .answered(let ending): try await finish(task, ending)
        case .refused(let error):
            let words = error.details ?? "The provider refused it without a reason (HTTP \(error.httpStatus))."
            try await finish(task, .refused(trouble(task, error, words)))
        case .unavailable(let reason, let isThrottled):
            Log.warning(
                "a template's order waits", ["action": task.action.rawValue, "reason": reason, "tries": "\(task.tries)"])
            if task.tries >= Self.triesMax {
                return try await finish(
                    task, .givenUp(trouble(task, nil, "The provider could not be reached for a day: \(reason).")))
            }
            let wait = min(.seconds(5) * (1 << min(task.tries, 12)), Self.waitMax)
            try await store.putOff(task, by: isThrottled ? max(wait, Self.throttledWait) : wait)
        }
    }

    // MARK: Meta

    private typealias Reply = ManagementReply<TemplateTaskStore.Ending>

    private func throughMeta(_ task: TemplateTaskStore.Task, _ sender: SenderProfile) async -> Reply {
        let (meta, token) = (apis.meta, sender.accessToken)
        let template = task.template
        switch task.action {
        case .submit:
            // Known to Meta since it was created, or since the list was compared.
            guard let id = template.providerTemplateID, template.status != .draft else {
                return await create(task, sender)
            }
            return await withExample(template.proposal, token).then { proposal in
                await meta.edit(
                    id, components: proposal.content.componentsJSON,
                    category: template.status == .approved ? nil : proposal.category,
                    sendTTLSeconds: proposal.sendTTLSeconds, token: token
                ).then { _ in
                    // What became of the status is Meta's to say; without an answer the next comparison tells.
                    if case .answered(let now?) = await meta.template(id, token: token) {
                        return .answered(.edited(status: now.status))
                    }
                    return .answered(.edited(status: nil))
                }
            }
        case .delete:
            guard let id = template.providerTemplateID else { return .answered(.deleted) }
            let reply = await meta.delete(id, name: template.name, in: sender.accountID, token: token)
            if case .refused(let error) = reply, error.subcode == 2_593_002 || error.httpStatus == 404 {
                return .answered(.deleted)
            }
            return reply.map { .deleted }
        case .unpause:
            guard let id = template.providerTemplateID else {
                return .refused(ProviderError(code: ProviderError.noCode, details: "WhatsApp's id of the template is not known."))
            }
            return await meta.unpause(id, token: token).map { .unpaused }
        }
    }

    private func create(_ task: TemplateTaskStore.Task, _ sender: SenderProfile) async -> Reply {
        let template = task.template
        let (meta, token) = (apis.meta, sender.accessToken)
        let reply: Reply = await withExample(template.proposal, token).then { proposal in
            await meta.create(
                proposal, components: proposal.content.componentsJSON, allowsCategoryChange: template.allowsCategoryChange,
                in: sender.accountID, token: token
            ).map { .created(providerID: $0.id, status: $0.status, category: $0.category) }
        }
        guard case .refused(let error) = reply, error.subcode == MetaTemplateAPI.existsSubcode else { return reply }
        // Ours, whose answer was lost; or somebody else's, made in WhatsApp Manager.
        return await find(template, sender).then { found in
            guard let found else { return .refused(error) }
            if task.tries > 1, found.content.componentsText == template.content.componentsJSON {
                return .answered(.created(providerID: found.id, status: found.status, category: found.category))
            }
            return .answered(
                .adopted(
                    providerID: found.id, status: found.status, category: found.category,
                    components: JSONText(found.content.componentsText)))
        }
    }

    private func find(_ template: StoredTemplate, _ sender: SenderProfile) async -> ManagementReply<ListedTemplate?> {
        await apis.meta.list(sender.accountID, name: template.name, token: sender.accessToken).map { page in
            page.templates.first {
                $0.name == template.name && String($0.language.map { $0 == "-" ? "_" : $0 }) == template.language
            }
        }
    }

    /// Meta wants the example of a picture, film or document uploaded; tenants give its address.
    private func withExample(_ proposal: TemplateProposal, _ token: String) async -> ManagementReply<TemplateProposal> {
        guard case .media(let media) = proposal.content.header, let example = proposal.content.examples["header"],
            example.hasPrefix("http://") || example.hasPrefix("https://")
        else { return .answered(proposal) }
        let file: ClientResponse
        do {
            file = try await apis.client.send(
                ClientRequest(
                    url: example, timeout: apis.deadline * 3, responseBytesMax: Self.exampleBytesMax, reach: apis.examplesReach))
        } catch {
            return .refused(
                ProviderError(
                    code: ProviderError.noCode,
                    details: "The example of the header could not be fetched (\(error.kind)). Its address must be public, and the "
                        + "file at most 16 MB."))
        }
        guard file.status == 200, !file.body.isEmpty else {
            return .refused(
                ProviderError(
                    code: ProviderError.noCode,
                    details: "The address of the header's example answered with HTTP \(file.status)."))
        }
        let type = file.header("Content-Type").map { String($0.prefix { $0 != ";" }) } ?? media.standardType
        return await apis.meta.upload(file.body, type: type, token: token).map { handle in
            var uploaded = proposal
            uploaded.content.examples["header"] = handle
            return uploaded
        }
    }

    // MARK: Twilio

    private func throughTwilio(_ task: TemplateTaskStore.Task, _ sender: SenderProfile) async throws -> Reply {
        let template = task.template
        let (twilio, account, token) = (apis.twilio, sender.accountID, sender.accessToken)
        switch task.action {
        case .submit:
            let sid: String
            if let known = template.providerTemplateID {
                sid = known
            } else {
                switch await twilio.create(template.proposal, in: account, token: token) {
                case .answered(let made):
                    sid = made
                    try await store.note(providerTemplateID: made, of: task)
                case .refused(let error): return .refused(error)
                case .unavailable(let reason, let isThrottled):
                    return .unavailable(reason: reason, isThrottled: isThrottled)
                }
            }
            return await twilio.requestApproval(
                of: sid, template.proposal, allowsCategoryChange: template.allowsCategoryChange, in: account, token: token
            ).map { .created(providerID: sid, status: $0, category: nil) }
        case .delete:
            guard let sid = template.providerTemplateID else { return .answered(.deleted) }
            let reply = await twilio.delete(sid, in: account, token: token)
            if case .refused(let error) = reply, error.httpStatus == 404 { return .answered(.deleted) }
            return reply.map { .deleted }
        case .unpause:
            return .refused(ProviderError(code: ProviderError.noCode, details: "Twilio lifts pauses itself."))
        }
    }

    // MARK: Endings

    private func finish(_ task: TemplateTaskStore.Task, _ ending: TemplateTaskStore.Ending) async throws {
        try await store.finish(task, ending, now: SystemClock.now())
        switch ending {
        case .created, .edited, .adopted, .deleted, .unpaused: ended("done").increment()
        case .refused: ended("refused").increment()
        case .givenUp: ended("given_up").increment()
        }
        tell([ControlNews(tenantID: task.tenantID, what: .template)])
    }

    private func trouble(_ task: TemplateTaskStore.Task, _ error: ProviderError?, _ detail: String) -> TemplateTrouble {
        let code = error.flatMap { $0.code == ProviderError.noCode ? nil : $0.code }
        return TemplateTrouble(
            action: task.action, code: code, subcode: error?.subcode, detail: detail, at: SystemClock.now())
    }
}

/// The ways to the templates of accounts.
struct TemplateAPIs: Sendable {
    let meta: MetaTemplateAPI
    let twilio: TwilioContentAPI
    let client: HTTPClient
    let deadline: Duration
    /// Where examples of headers may be fetched from: a tenant wrote the address.
    let examplesReach: ClientRequest.Reach
    private let senders: SenderStore

    init(
        client: HTTPClient, settings: ProviderSettings, senders: SenderStore,
        examplesReach: ClientRequest.Reach = .publicOnly
    ) {
        self.client = client
        deadline = settings.deadline
        self.examplesReach = examplesReach
        self.senders = senders
        meta = MetaTemplateAPI(
            client: client, baseURL: settings.metaURL, version: settings.metaVersion, deadline: settings.deadline)
        twilio = TwilioContentAPI(client: client, baseURL: settings.twilioContentURL, deadline: settings.deadline)
    }

    /// The sender with its token opened; nil when it is gone.
    func sender(_ id: SenderID, _ tenantID: TenantID) async throws -> SenderProfile? {
        try await senders.profile(of: id, tenantID: tenantID)
    }
}

extension ListedTemplate.Content {
    /// Meta's form, whoever's template it is.
    var componentsText: [UInt8] {
        switch self {
        case .components(let bytes): bytes
        case .read(let content): content.componentsJSON
        }
    }
}

extension TemplateMedia {
    fileprivate var standardType: String {
        switch self {
        case .image: "image/jpeg"
        case .video: "video/mp4"
        case .document: "application/pdf"
        }
    }
}
