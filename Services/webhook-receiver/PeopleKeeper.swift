import Models
import Runtime
import ServiceKit
import Storage

/// Makes contacts, conversations and consents out of what customers write and switch off.
struct PeopleKeeper: Sendable {
    private let store: InboundContactStore
    private let settings: RefreshingCache<TenantID, Answers>
    private let tell: @Sendable ([ControlNews]) -> Void
    private let wishes = MetricsRegistry.shared.counter(
        "tidings_consent_wishes_total", help: "Words and switches by which people ended or began what they get.")

    /// What one tenant's customers may answer with, and what it means.
    private struct Answers: Sendable {
        let words: ConsentWords
        let stopCategories: Set<TemplateCategory>
    }

    /// - Parameter tell: caches of other services drop what changed.
    init(
        _ store: InboundContactStore, _ consents: ConsentStore, tell: @escaping @Sendable ([ControlNews]) -> Void
    ) {
        self.store = store
        self.tell = tell
        settings = RefreshingCache(freshFor: .seconds(10), usableFor: .seconds(300), entriesMax: 10_000) { tenantID in
            let settings = try await consents.settings(of: tenantID)
            return Answers(words: settings.words, stopCategories: settings.stopCategories)
        }
    }

    func forget(_ tenantID: TenantID) {
        settings.forget { key, _ in key == tenantID }
    }

    func take(_ batch: PreparedBatch) async throws {
        var answers: [TenantID: Answers] = [:]
        for tenantID in batch.writtenTo { answers[tenantID] = try await settings.value(for: tenantID) }
        let news = batch.people(answers.mapValues(\.words))
        if news.isEmpty { return }
        try await store.take(news, stopCategories: answers.mapValues(\.stopCategories))
        let consenting = news.consenting
        if consenting.isEmpty { return }
        wishes.increment(by: news.written.count { $0.wish != nil } + news.preferences.count)
        tell(consenting.sorted().map { ControlNews(tenantID: $0, what: .settings) })
    }
}
