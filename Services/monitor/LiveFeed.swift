import HTTPServer
import Models
import ServiceKit
import Synchronization

/// Tells open pages that something of their tenant has changed. Not what: the page asks for itself again, through
/// the same door as any reader, so nothing is shown that could not be read.
final class LiveFeed: Sendable {
    /// However many messages move, a page hears of it this often at most.
    static let interval = Duration.milliseconds(400)
    /// After this long a browser asks again, with a session that still holds.
    static let streamMax = Duration.seconds(900)
    static let pagesMax = 1_000
    static let pagesPerTenantMax = 100

    typealias Events = AsyncStream<ServerSentEvent>

    private struct State {
        var pages: [TenantID: [Int: Events.Continuation]] = [:]
        var changed: Set<TenantID> = []
        var nextPage = 0
        var pagesCount = 0
    }

    private let state = Mutex(State())

    func note(_ tenants: Set<TenantID>) {
        state.withLock { state in
            for tenant in tenants where state.pages[tenant] != nil { state.changed.insert(tenant) }
        }
    }

    func tell() {
        let pages = state.withLock { state in
            defer { state.changed = [] }
            return state.changed.flatMap { state.pages[$0].map { Array($0.values) } ?? [] }
        }
        for page in pages { page.yield(ServerSentEvent(name: "changed", data: "")) }
    }

    /// Nil when there are too many open pages already.
    func open(_ tenant: TenantID) -> (page: Int, events: Events)? {
        // A page that is slower than the news needs only the last of them.
        let (events, continuation) = Events.makeStream(bufferingPolicy: .bufferingNewest(1))
        let page: Int? = state.withLock { state in
            guard state.pagesCount < Self.pagesMax, state.pages[tenant]?.count ?? 0 < Self.pagesPerTenantMax
            else {
                return nil
            }
            state.nextPage += 1
            state.pagesCount += 1
            state.pages[tenant, default: [:]][state.nextPage] = continuation
            return state.nextPage
        }
        guard let page else { return nil }
        // So that the browser knows at once that it is connected.
        continuation.yield(ServerSentEvent(name: "hello", data: ""))
        return (page, events)
    }

    func close(_ page: Int, of tenant: TenantID) {
        let continuation = state.withLock { state in
            let continuation = state.pages[tenant]?.removeValue(forKey: page)
            if continuation != nil { state.pagesCount -= 1 }
            if state.pages[tenant]?.isEmpty == true { state.pages[tenant] = nil }
            return continuation
        }
        continuation?.finish()
    }

    var openPages: Int { state.withLock { $0.pagesCount } }
}
