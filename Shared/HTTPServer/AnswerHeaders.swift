internal import Synchronization

/// Headers that the answer to a request will carry, whatever it becomes: an object, a problem, a stream. For what is
/// known long before the answer is, such as how often its sender may still ask.
package final class AnswerHeaders: Sendable {
    private let headers = Mutex<[(name: String, value: String)]>([])

    init() {}

    /// In place of any of that name.
    package func set(_ name: String, _ value: String) {
        headers.withLock { headers in
            headers.removeAll { equalIgnoringCase($0.name, name) }
            headers.append((name, value))
        }
    }

    func write(into response: inout Response) {
        for (name, value) in headers.withLock({ $0 }) { response.setHeader(name, value) }
    }
}
