import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Sending again what ended without delivery: one message, or many after a dry run.
struct RetryRoutes: Sendable {
    static let bodyBytesMax = 16 << 10
    /// Between the commit of a repetition and that of its answer under the key.
    private static let answerWait: Duration = .seconds(1)

    private let parts: RouteParts
    private let store: RetryStore
    private let plans: RetryPlanStore

    init(parts: RouteParts) {
        self.parts = parts
        store = RetryStore(parts.database)
        plans = RetryPlanStore(parts.database)
    }

    /// 201 with the new message. `{"force":true}` takes the risk of a second copy.
    func retryOne(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let key = try IdempotencyKey(of: request)
        let id = try parts.messageID(of: request)
        let isForced = try Self.force(in: request)
        if let key, let given = try await answer(caller, key) { return given }
        let results = try await withStorage {
            try await store.repeatMessages(tenantID: caller.tenantID, ids: [id], origin: .api, force: isForced)
        }
        switch results.first?.outcome {
        case .repeated(let child, let order):
            if let order { parts.news.tell([order]) }
            return try await created(child, caller, key)
        case .skipped(let reason): return try await refused(reason, id, caller, key)
        case nil: throw Problem.messageNotFound
        }
    }

    private static func force(in request: Request) throws -> Bool {
        if request.body.isEmpty { return false }
        let root = try RequestBody.document(of: request, bytesMax: bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["force"], problems: &problems)
        let isForced = reader.boolean("force", &problems) ?? false
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return isForced
    }

    private func answer(_ caller: Caller, _ key: IdempotencyKey) async throws -> Response? {
        let given = try await withStorage {
            try await parts.queries.answer(
                tenantID: caller.tenantID, keyHash: key.keyHash, requestHash: key.requestHash)
        }
        switch given {
        case .repeated(let answer): return .repeated(answer)
        case .keyReused: throw Problem.keyReused
        case .accepted, nil: return nil
        }
    }

    private func created(_ child: MessageID, _ caller: Caller, _ key: IdempotencyKey?) async throws -> Response {
        let detail = try await parts.detail(of: child, caller)
        var writer = JSONWriter(capacity: 2_048)
        writer.object { detail.summary.writeFields(into: &$0) }
        if let key {
            let claim = key.claim(StoredAnswer(status: 201, body: writer.bytes))
            try await withStorage { try await plans.keep(claim, of: caller.tenantID) }
        }
        var response = Response.json(201, writer.bytes)
        response.setHeader("Location", "/v1/messages/\(child)")
        return response
    }

    private func refused(
        _ reason: RetrySkip, _ id: MessageID, _ caller: Caller, _ key: IdempotencyKey?
    ) async throws -> Response {
        switch reason {
        case .notFound: throw Problem.messageNotFound
        case .repeatedBefore:
            // Perhaps by this very request, whose first copy is about to keep its answer.
            if let key, let given = try await answerSoon(caller, key) { return given }
            let found = try await withStorage { try await plans.repetitions(of: [id], tenantID: caller.tenantID) }
            throw Problem.alreadyRetried(as: found[id]?.child)
        case .unanswered: throw Problem.mayHaveArrived
        case .notEnded, .delivered, .cancelled, .expired, .permanent, .retriesUsedUp, .automaticRetriesOff:
            throw Problem.notFailed(reason)
        }
    }

    private func answerSoon(_ caller: Caller, _ key: IdempotencyKey) async throws -> Response? {
        let deadline = Monotonic.now() + Self.answerWait
        while true {
            if let given = try await answer(caller, key) { return given }
            if Monotonic.now() >= deadline { return nil }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// `{"filter":{…},"dry_run":true}` counts and makes a plan; `{"plan_id":…}` executes it. With `"skip_permanent": true`
    /// the plan leaves out what another try would not help.
    func retryMany(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["filter", "dry_run", "skip_permanent", "plan_id"], problems: &problems)
        let written = reader.text("plan_id", &problems)
        let isDry = reader.boolean("dry_run", &problems)
        let sparesPermanent = reader.boolean("skip_permanent", &problems) ?? false
        if let written {
            if reader.has("filter") || isDry == true || sparesPermanent {
                problems.note("field_unknown", "filter", "A plan has its messages: send `plan_id` alone.")
            }
            guard problems.isEmpty else { throw Problem.refused(problems.all) }
            guard let planID = UUIDValue(written) else { throw Problem.planNotFound }
            return try await execute(planID, caller)
        }
        if isDry != true {
            problems.note(
                "dry_run_missing", "dry_run",
                "Count first: send `filter` with `\"dry_run\": true`, then execute with the `plan_id` it gives.")
        }
        let filter = FilterReading.filter(in: reader, catalog, &problems)
        if !filter.states.isSubset(of: RetryPlanStore.states) {
            problems.note(
                "status_not_repeatable", "filter.status",
                "Only what ended without delivery is repeated: failed, undelivered, expired (unanswered is counted).")
        }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return try await plan(filter, sparesPermanent: sparesPermanent, caller)
    }

    private func plan(_ filter: MessageFilter, sparesPermanent: Bool, _ caller: Caller) async throws -> Response {
        let found = try await withStorage { try await plans.candidates(of: caller.tenantID, filter) }
        let skips = try await withStorage {
            try await store.wouldSkip(
                tenantID: caller.tenantID, ids: found.ids, origin: .plan, sparesPermanent: sparesPermanent)
        }
        var messages: [MessageID] = []
        var skipped: [RetrySkip: Int] = [:]
        for id in found.ids {
            switch skips[id] {
            case .some(.none): messages.append(id)
            case .some(.some(let reason)): skipped[reason.shown, default: 0] += 1
            case .none: skipped[.notFound, default: 0] += 1
            }
        }
        var summary = Dictionary(uniqueKeysWithValues: skipped.map { ($0.key.rawValue, $0.value) })
        summary["repeat"] = messages.count
        let planID = parts.ids.uuid()
        let (planned, counted) = (messages, summary)
        let expiresAt = try await withStorage {
            try await plans.save(planID, of: caller.tenantID, planned, summary: counted)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("plan_id", planID.description)
            writer.field("expires_at", expiresAt.rfc3339)
            writer.field("found", found.ids.count)
            writer.field("is_capped", found.isCapped)
            if found.isCapped {
                writer.field(
                    "detail",
                    "A plan holds at most \(RetryPlanStore.messagesMax) messages: these are the newest. Execute it, then plan again."
                )
            }
            writer.field("would_repeat", planned.count)
            writer.field("would_skip", object: { Self.write(skipped, into: &$0) })
        }
        return .json(200, writer.bytes)
    }

    /// The same answer for whoever asks again.
    private func execute(_ planID: UUIDValue, _ caller: Caller) async throws -> Response {
        let plan = try await withStorage { try await plans.begin(planID, of: caller.tenantID) }
        guard let plan else { throw Problem.planNotFound }
        if let result = plan.result { return .json(200, result.bytes) }
        guard let executedAt = plan.executedAt else { throw Problem.planExpired }
        let results = try await withStorage {
            try await store.repeatMessages(
                tenantID: caller.tenantID, ids: plan.messages, origin: .plan, planID: planID)
        }
        parts.news.tell(results.compactMap(\.order))
        // A run that was cut off has repeated some already: those are this plan's too.
        let made = try await withStorage { try await plans.repetitions(of: plan.messages, tenantID: caller.tenantID) }
        var repeated = 0
        var skipped: [RetrySkip: Int] = [:]
        for result in results {
            if made[result.messageID]?.plan == planID {
                repeated += 1
            } else if let reason = result.skip {
                skipped[reason.shown, default: 0] += 1
            }
        }
        var writer = JSONWriter()
        let (count, reasons) = (repeated, skipped)
        writer.object { writer in
            writer.field("plan_id", planID.description)
            writer.field("executed_at", executedAt.rfc3339)
            writer.field("planned", plan.messages.count)
            writer.field("repeated", count)
            writer.field("skipped", object: { Self.write(reasons, into: &$0) })
        }
        let bytes = writer.bytes
        let kept = try await withStorage { try await plans.finish(planID, of: caller.tenantID, result: bytes) }
        return .json(200, kept.bytes)
    }

    private static func write(_ counts: [RetrySkip: Int], into writer: inout JSONWriter) {
        for reason in RetrySkip.allCases {
            guard let count = counts[reason] else { continue }
            writer.key(reason.rawValue)
            writer.integer(count)
        }
    }
}

extension RetryResult {
    fileprivate var order: DispatchOrder? {
        switch outcome {
        case .repeated(_, let order): order
        case .skipped: nil
        }
    }
}

extension RetrySkip {
    /// In the counts of a plan the only one that has not ended is one that nobody answered for.
    fileprivate var shown: RetrySkip {
        switch self {
        case .notEnded, .unanswered: .unanswered
        case .notFound, .delivered, .cancelled, .repeatedBefore, .expired, .permanent, .retriesUsedUp,
            .automaticRetriesOff:
            self
        }
    }
}

extension Problem {
    fileprivate static func notFailed(_ reason: RetrySkip) -> Problem {
        let why =
            switch reason {
            case .delivered: "WhatsApp has taken the message; sending it again would be a second copy."
            case .cancelled: "The message was cancelled. Send a new one if it is wanted after all."
            case .notEnded: "The message is not settled yet: it is still being sent, or its answer is awaited."
            case .notFound, .unanswered, .repeatedBefore, .expired, .permanent, .retriesUsedUp, .automaticRetriesOff:
                "The message did not end without delivery."
            }
        return Problem(
            status: 409,
            code: "not_failed",
            title: "Only what failed is sent again",
            detail: why + " Only failed, undelivered and expired messages are."
        )
    }

    fileprivate static func alreadyRetried(as child: MessageID?) -> Problem {
        var writer = JSONWriter(capacity: 48)
        writer.string(child?.description ?? "")
        return Problem(
            status: 409,
            code: "already_retried",
            title: "It was sent again before",
            detail: "A message is sent again once. See what became of `retried_as`; that one may be sent again.",
            extra: child == nil ? [] : [("retried_as", writer.bytes)]
        )
    }

    fileprivate static var mayHaveArrived: Problem {
        Problem(
            status: 409,
            code: "may_have_arrived",
            title: "The recipient may have it",
            detail:
                "A send of this message was never answered, so the recipient may have it. Send `{\"force\": true}` to "
                + "send it again all the same."
        )
    }

    fileprivate static var planNotFound: Problem {
        Problem(status: 404, code: "plan_not_found", title: "Not found", detail: "You have no plan with this id.")
    }

    fileprivate static var planExpired: Problem {
        Problem(
            status: 409,
            code: "plan_expired",
            title: "The plan is too old",
            detail: "A plan is executed within 15 minutes of its dry run. Count again."
        )
    }
}
