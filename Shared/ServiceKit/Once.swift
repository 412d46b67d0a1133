internal import Synchronization

/// A value that is there from the moment a part has started.
package final class Once<Value: Sendable>: Sendable {
    private let storage = Mutex<Value?>(nil)

    package init() {}

    package var value: Value? { storage.withLock { $0 } }

    package func set(_ value: Value) {
        storage.withLock { $0 = value }
    }
}
