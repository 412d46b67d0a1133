import EventBus
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// Does what Meta's notices ask for. The notices themselves are kept before, so that nothing is lost that we do not
/// understand; doing the same again changes nothing.
struct NoticeActions: Sendable {
    private let store: ProviderNewsStore
    private let gates: GateStore
    private let tell: @Sendable ([ControlNews]) -> Void
    private let done = MetricsRegistry.shared.counter(
        "tidings_webhook_notices_acted_total", help: "Notices of a provider that changed something of ours.")

    /// - Parameters:
    ///   - platform: a pool of the platform role.
    ///   - tell: caches of other services drop what changed.
    init(platform: Database, tell: @escaping @Sendable ([ControlNews]) -> Void) {
        store = ProviderNewsStore(platform)
        gates = GateStore(platform)
        self.tell = tell
    }

    func act(on deliveries: ArraySlice<ReadDelivery>) async throws {
        for delivery in deliveries {
            for notice in delivery.notices {
                guard let news = MetaNews(notice) else { continue }
                do {
                    try await act(on: news, of: notice.account, at: notice.at ?? delivery.receivedAt)
                    done.increment()
                } catch let error as DatabaseError where error.isAboutTheData {
                    Log.error(
                        "a notice could not be acted on",
                        ["account": notice.account, "field": notice.field, "reason": error.logText])
                }
            }
        }
    }

    private func act(on news: MetaNews, of account: String, at moment: Timestamp) async throws {
        switch news {
        case .template(let name, let language, let status, let effect, let reason):
            for told in try await store.setStatus(
                status, because: reason, at: moment, ofTemplate: name, language: language, account: account)
            {
                try await apply(effect, to: told, at: moment)
            }
        case .templateQuality(let name, let language, let score):
            tellAll(
                .template,
                try await store.setQuality(score, ofTemplate: name, language: language, account: account))
        case .templateCategory(let name, let language, let category, let next, let at):
            tellAll(
                .template,
                try await store.setCategory(
                    category, next: next, at: at, ofTemplate: name, language: language, account: account))
        case .templatesChanged: try await store.compareTemplates(ofAccount: account)
        case .accountStopped(let cause, let until):
            let now = SystemClock.now()
            if let until, until <= now { return }
            _ = try await gates.close(
                GateClosing(
                    scope: .account, subject: account, tenantID: nil, cause: cause, opensAt: until,
                    // Where no end is named, the end may not be told either.
                    probeAt: until == nil ? now + GatePolicy.probeEvery : nil, alert: .accountRestricted),
                by: "webhook")
            tellAll(.gate, try await store.tenants(ofAccount: account))
        case .accountRuns:
            _ = try await gates.open(.account, account, causes: [.accountRestricted], of: nil, by: "webhook")
            tellAll(.gate, try await store.tenants(ofAccount: account))
        case .throughput(let number, let rate, let tier):
            tellAll(.sender, try await store.raise(messagesPerSecond: rate, ofNumber: number, account: account))
            if let tier { tellAll(.sender, try await store.set(tier, ofAccount: account)) }
        case .messagingLimit(let tier):
            tellAll(.sender, try await store.set(tier, ofAccount: account))
        }
    }

    private func apply(
        _ effect: MetaNews.TemplateEffect, to told: ProviderNewsStore.ToldTemplate, at moment: Timestamp
    ) async throws {
        let now = SystemClock.now()
        let subject = "\(told.templateID)"
        func close(_ cause: GateCause, opensAt: Timestamp?, probeAt: Timestamp?) async throws {
            _ = try await gates.close(
                GateClosing(
                    scope: .template, subject: subject, tenantID: told.tenantID, cause: cause, opensAt: opensAt,
                    probeAt: probeAt, alert: .templateStopped),
                by: "webhook")
        }
        switch effect {
        case .none: break
        case .runs:
            _ = try await gates.open(
                .template, subject, causes: [.templatePaused, .templateDisabled], of: told.tenantID, by: "webhook")
        case .paused(let span):
            let opensAt = span.map { moment + $0 }
            // A notice that comes days late tells of a pause that is over.
            if let opensAt, opensAt <= now { break }
            try await close(
                .templatePaused, opensAt: opensAt,
                probeAt: opensAt == nil ? now + GatePolicy.disabledProbeEvery : nil)
        case .stopped:
            try await close(.templateDisabled, opensAt: nil, probeAt: now + GatePolicy.disabledProbeEvery)
        }
        tell([
            ControlNews(tenantID: told.tenantID, what: .template), ControlNews(tenantID: told.tenantID, what: .gate),
        ])
    }

    private func tellAll(_ what: ControlNews.Subject, _ tenants: Set<TenantID>) {
        tell(tenants.sorted().map { ControlNews(tenantID: $0, what: what) })
    }
}
