package import Kafka
package import Models

extension ConsumedRecord {
    /// Where it was told from, if its trace is kept or its teller cared; nil otherwise.
    package var trace: TraceContext? {
        func text(_ name: String) -> String? {
            header(name).flatMap { String(validating: $0, as: UTF8.self) }
        }
        guard let parent = text(TraceContext.parentHeader) else { return nil }
        return TraceContext(parent: parent, state: text(TraceContext.stateHeader) ?? "")
    }
}

extension TraceContext {
    /// As Kafka records carry it.
    var headers: [(String, [UInt8])] {
        let parent = [(Self.parentHeader, Array(parent.utf8))]
        return state.isEmpty ? parent : parent + [(Self.stateHeader, Array(state.utf8))]
    }
}
