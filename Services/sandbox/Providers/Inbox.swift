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
    }

    private struct State {
        var items: [Item] = []
        var total = 0
        var slackFailures = (times: 0, status: 500)
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

    /// Newest first.
    var items: [Item] { state.withLock { $0.items.reversed() } }

    var total: Int { state.withLock { $0.total } }

    func reset() {
        state.withLock { $0 = State() }
    }

    // MARK: Faults on demand

    func failSlack(times: Int, status: Int) {
        state.withLock { $0.slackFailures = (times, status) }
    }

    func failMail(times: Int, code: Int) {
        state.withLock { $0.mailFailures = (times, code) }
    }

    /// The HTTP status to refuse the next Slack message with.
    func nextSlackFailure() -> Int? {
        state.withLock { state in
            guard state.slackFailures.times > 0 else { return nil }
            state.slackFailures.times -= 1
            return state.slackFailures.status
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
