import Crypto
import HTTPClient
import Models
import Runtime
import ServiceKit
import Synchronization

/// Posts webhooks as Meta does: signed, in batches of one account, several at once, again when they are not
/// answered with 200, and in no order that anybody could rely on.
final class WebhookPoster: Part {
    /// How often due receipts are gathered into batches.
    static let tick = Duration.milliseconds(10)
    /// Beyond it the oldest are dropped and counted: a receiver that is gone for good must not fill our
    /// memory.
    static let postsWaitingMax = 20_000
    static let receiptsWaitingMax = 2_000_000
    static let answerTimeout = Duration.seconds(10)
    static let backoffMax = Duration.seconds(60)

    struct Totals: Sendable {
        var posted = 0
        /// Answers other than 200, and no answers.
        var failed = 0
        /// Statuses in posts that were answered with 200.
        var statuses = 0
        var dropped = 0
        var waitingReceipts = 0
        var waitingPosts = 0
    }

    struct Post: Sendable {
        var body: [UInt8]
        var signature: String
        var statuses = 0
        var attempts = 0
        /// Microseconds of the monotonic clock.
        var dueAt: Int64 = 0
        /// Whoever waits for these to be reported.
        var watched: [AcceptedSend] = []
    }

    private struct State {
        var receipts = ReceiptQueue()
        var posts: [Post] = []
        var underWay = 0
        var isPaused = false
        var totals = Totals()
    }

    let name = "webhooks"
    private let settings: ProvidersSettings
    private let client: HTTPClient
    private let state = Mutex(State())
    private let stopping = StopFlag()

    init(_ settings: ProvidersSettings, client: HTTPClient) {
        self.settings = settings
        self.client = client
    }

    var totals: Totals {
        state.withLock { state in
            var totals = state.totals
            totals.waitingReceipts = state.receipts.count
            totals.waitingPosts = state.posts.count + state.underWay
            return totals
        }
    }

    func schedule(_ receipts: [PlannedReceipt], of send: AcceptedSend) {
        guard let lastDue = receipts.map(\.after).max() else { return }
        let now = Monotonic.now().microseconds
        let wall = SystemClock.now().microseconds
        state.withLock { state in
            guard state.receipts.count < Self.receiptsWaitingMax else {
                state.totals.dropped += receipts.count
                return
            }
            for receipt in receipts {
                let span = receipt.after.microseconds
                state.receipts.append(
                    ReceiptQueue.Item(
                        dueAt: now + span,
                        timestamp: (wall + span) / 1_000_000,
                        receipt: receipt,
                        send: send,
                        isLast: receipt.after == lastDue
                    )
                )
            }
        }
    }

    /// A body of the caller's own, signed as it is.
    func post(_ body: [UInt8]) {
        let post = sign(body)
        state.withLock { Self.append(post, to: &$0) }
    }

    func setPaused(_ isPaused: Bool) {
        state.withLock { $0.isPaused = isPaused }
    }

    func reset() {
        state.withLock { state in
            state.receipts.removeAll()
            state.posts = []
            state.totals = Totals()
            state.isPaused = false
        }
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            while !stopping.isSet {
                for post in takePosts() { group.addTask { await self.deliver(post) } }
                await stopping.wait(atMost: Self.tick)
            }
            group.cancelAll()
        }
    }

    func stop(within limit: Duration) async {
        stopping.set()
        let left = totals
        if left.waitingReceipts + left.waitingPosts > 0 {
            Log.info(
                "webhooks were left unposted",
                ["receipts": "\(left.waitingReceipts)", "posts": "\(left.waitingPosts)"]
            )
        }
    }

    // MARK: Gathering

    private func takePosts() -> [Post] {
        let now = Monotonic.now().microseconds
        var due: [ReceiptQueue.Item] = []
        let isPaused = state.withLock { state in
            if state.isPaused { return true }
            while let item = state.receipts.popDue(at: now) { due.append(item) }
            return false
        }
        if isPaused { return [] }
        let fresh = batches(due)
        return state.withLock { state in
            for post in fresh { Self.append(post, to: &state) }
            var taken: [Post] = []
            var rest: [Post] = []
            for post in state.posts {
                if post.dueAt <= now, state.underWay + taken.count < ProvidersSettings.postsInFlightMax {
                    taken.append(post)
                } else {
                    rest.append(post)
                }
            }
            state.posts = rest
            state.underWay += taken.count
            return taken
        }
    }

    private func batches(_ due: [ReceiptQueue.Item]) -> [Post] {
        if due.isEmpty { return [] }
        var posts: [Post] = []
        for items in Dictionary(grouping: due, by: { $0.send.account.accountID }).values {
            var rest = items[...]
            while let first = rest.first {
                // Within a POST the statuses of one number stand together.
                let batch = Array(rest.prefix(settings.batchMax)).sorted {
                    $0.send.account.index < $1.send.account.index
                }
                rest = rest.dropFirst(batch.count)
                var post = sign(WebhookBody.statuses(batch[...], of: first.send.account))
                post.statuses = batch.count
                post.watched = batch.filter(\.isLast).map(\.send)
                posts.append(post)
            }
        }
        return posts
    }

    private func sign(_ body: [UInt8]) -> Post {
        let code = HMACSHA256.authenticate(key: settings.appSecret.reveal(), message: body)
        return Post(body: body, signature: "sha256=" + Hexadecimal.encode(code))
    }

    private static func append(_ post: Post, to state: inout State) {
        if state.posts.count >= postsWaitingMax {
            let dropped = state.posts.removeFirst()
            state.totals.dropped += max(1, dropped.statuses)
        }
        state.posts.append(post)
    }

    // MARK: Delivering

    private func deliver(_ post: Post) async {
        let request = ClientRequest(
            method: "POST",
            url: settings.webhookURL,
            headers: [
                ("Content-Type", "application/json"), ("X-Hub-Signature-256", post.signature),
                ("User-Agent", "facebookexternalua"),
            ],
            body: post.body,
            timeout: Self.answerTimeout,
            responseBytesMax: 64 << 10
        )
        let status = (try? await client.send(request))?.status
        state.withLock { state in
            state.underWay -= 1
            guard status == 200 else {
                state.totals.failed += 1
                Self.append(again(post), to: &state)
                return
            }
            state.totals.posted += 1
            state.totals.statuses += post.statuses
        }
        guard status == 200 else { return }
        for send in post.watched { send.isReported.store(true, ordering: .releasing) }
    }

    /// At once the first time, then later and later.
    private func again(_ post: Post) -> Post {
        var post = post
        post.attempts += 1
        let doublings = min(post.attempts - 2, 10)
        let wait =
            post.attempts == 1 ? .zero : min(Duration.milliseconds(200) * (1 << doublings), Self.backoffMax)
        post.dueAt = Monotonic.now().microseconds + settings.scaled(wait).microseconds
        return post
    }
}
