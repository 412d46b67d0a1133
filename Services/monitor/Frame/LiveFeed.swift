import HTTPServer
import Models
import ServiceKit
import Synchronization

/// Tells open pages that something of their tenant has changed. Not what: the page asks for itself again, through
/// the same door as any reader, so nothing is shown that could not be read.
///
/// All open pages together are told so often at most that their questions leave the monitor most of its processor:
/// those that have waited longest come first, so with many pages each is a little older, and none is forgotten.
final class LiveFeed: Sendable {
    /// However many messages move, a page hears of it this often at most.
    static let interval = Duration.milliseconds(400)
    /// Pages told in one interval: 50 a second.
    static let pagesPerInterval = 20
    /// A founder's page asks for figures of all businesses, which costs more: only every so many intervals.
    static let platformIntervals = 5
    /// After this long a browser asks again, with a session that still holds.
    static let streamMax = Duration.seconds(900)
    static let pagesMax = 1_000
    static let pagesPerAudienceMax = 100

    typealias Events = AsyncStream<ServerSentEvent>

    /// Whose news a page shows.
    enum Audience: Hashable, Sendable {
        case tenant(TenantID)
        /// All businesses.
        case platform
    }

    private struct OpenPage {
        let audience: Audience
        let news: Events.Continuation
        var isWaiting = false
    }

    private struct State {
        var pages: [Int: OpenPage] = [:]
        var byAudience: [Audience: Set<Int>] = [:]
        /// Pages that have something to hear, the longest waiting first.
        var waiting: [Int] = []
        var nextPage = 0
        var intervals = 0
        var hasPlatformChanged = false

        mutating func letWait(_ audience: Audience) {
            for page in (byAudience[audience] ?? []).sorted() where pages[page]?.isWaiting == false {
                pages[page]?.isWaiting = true
                waiting.append(page)
            }
        }
    }

    private let state = Mutex(State())

    func note(_ tenants: Set<TenantID>) {
        state.withLock { state in
            for tenant in tenants { state.letWait(.tenant(tenant)) }
            if !tenants.isEmpty { state.hasPlatformChanged = true }
        }
    }

    /// Every `interval`.
    func tell() {
        let told = state.withLock { state in
            state.intervals += 1
            if state.hasPlatformChanged, state.intervals % Self.platformIntervals == 0 {
                state.hasPlatformChanged = false
                state.letWait(.platform)
            }
            let turn = state.waiting.prefix(Self.pagesPerInterval)
            state.waiting.removeFirst(turn.count)
            return turn.compactMap { page in
                state.pages[page]?.isWaiting = false
                return state.pages[page]?.news
            }
        }
        for page in told { page.yield(ServerSentEvent(name: "changed", data: "")) }
    }

    /// Nil when there are too many open pages already.
    func open(_ audience: Audience) -> (page: Int, events: Events)? {
        // A page that is slower than the news needs only the last of them.
        let (events, continuation) = Events.makeStream(bufferingPolicy: .bufferingNewest(1))
        let page: Int? = state.withLock { state in
            guard state.pages.count < Self.pagesMax,
                state.byAudience[audience]?.count ?? 0 < Self.pagesPerAudienceMax
            else { return nil }
            state.nextPage += 1
            state.pages[state.nextPage] = OpenPage(audience: audience, news: continuation)
            state.byAudience[audience, default: []].insert(state.nextPage)
            return state.nextPage
        }
        guard let page else { return nil }
        // So that the browser knows at once that it is connected.
        continuation.yield(ServerSentEvent(name: "hello", data: ""))
        return (page, events)
    }

    func close(_ page: Int) {
        let closed = state.withLock { state in
            let closed = state.pages.removeValue(forKey: page)
            if let closed {
                state.byAudience[closed.audience]?.remove(page)
                if state.byAudience[closed.audience]?.isEmpty == true { state.byAudience[closed.audience] = nil }
                if closed.isWaiting { state.waiting.removeAll { $0 == page } }
            }
            return closed
        }
        closed?.news.finish()
    }

    var openPages: Int { state.withLock { $0.pages.count } }

    /// The stream of one page. It ends after a while, so that a session that is over does not listen on: browsers come
    /// again.
    func stream(for audience: Audience) throws -> Response {
        guard let (page, events) = open(audience) else { throw Problem.tooManyPages }
        return .events { writer in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await writer.forward(events) }
                group.addTask { try? await Task.sleep(for: Self.streamMax) }
                await group.next()
                group.cancelAll()
            }
            self.close(page)
        }
    }
}
