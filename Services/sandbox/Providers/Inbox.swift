import Models
import Runtime
import Synchronization

/// What people would have received: Slack messages and mails. The last few hundred, in memory.
final class Inbox: Sendable {
    static let kept = 500

    struct Item: Sendable {
        enum Kind: String, Sendable {
            case slack, mail
        }

        let kind: Kind
        let at: Timestamp
        let from: String
        let to: [String]
        let subject: String
        let text: String
        let html: String?
        /// As it arrived: the JSON body, or the mail with its headers.
        let raw: [UInt8]
        /// Slack's name of a message that a bot wrote, and of the one that it answers.
        var ts: String?
        var threadTS: String?
        /// What a bot made of it later takes its place.
        var isEdited = false
    }

    struct SlackFailures: Sendable {
        var times: Int
        let status: Int
        /// The Web API's word; nil: that of the status.
        let error: String?
    }

    private struct State {
        var items: [Item] = []
        var total = 0
        var slackFailures = SlackFailures(times: 0, status: 500, error: nil)
        var mailFailures = (times: 0, code: 451)
    }

    private let state = Mutex(State())

    func add(_ item: Item) {
        state.withLock { state in
            state.total += 1
            state.items.append(item)
            if state.items.count > Self.kept { state.items.removeFirst() }
        }
    }

    /// - Returns: the message's name, as Slack makes them.
    func addFromBot(_ item: Item) -> String {
        state.withLock { state in
            state.total += 1
            let ts = "\(item.at.microseconds / 1_000_000).\(String(1_000_000 + state.total).dropFirst())"
            var named = item
            named.ts = ts
            state.items.append(named)
            if state.items.count > Self.kept { state.items.removeFirst() }
            return ts
        }
    }

    /// - Returns: whether there is such a message.
    func edit(ts: String, to item: Item) -> Bool {
        state.withLock { state in
            guard let index = state.items.firstIndex(where: { $0.ts == ts }) else { return false }
            var edited = item
            (edited.ts, edited.threadTS, edited.isEdited) = (ts, state.items[index].threadTS, true)
            state.items[index] = edited
            return true
        }
    }

    func holds(ts: String) -> Bool { state.withLock { $0.items.contains { $0.ts == ts } } }

    /// Newest first.
    var items: [Item] { state.withLock { $0.items.reversed() } }

    var total: Int { state.withLock { $0.total } }

    func reset() {
        state.withLock { $0 = State() }
    }

    // MARK: Faults on demand

    func failSlack(_ failures: SlackFailures) {
        state.withLock { $0.slackFailures = failures }
    }

    func failMail(times: Int, code: Int) {
        state.withLock { $0.mailFailures = (times, code) }
    }

    /// How to refuse the next Slack message.
    func nextSlackFailure() -> SlackFailures? {
        state.withLock { state in
            guard state.slackFailures.times > 0 else { return nil }
            state.slackFailures.times -= 1
            return state.slackFailures
        }
    }

    /// The reply code to refuse the next mail with.
    func nextMailFailure() -> Int? {
        state.withLock { state in
            guard state.mailFailures.times > 0 else { return nil }
            state.mailFailures.times -= 1
            return state.mailFailures.code
        }
    }
}
