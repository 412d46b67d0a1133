package enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text names the address and the reason.
    case cannotListen(String)
    /// A handler put a control character into a header; the client got a 500. The value is not told.
    case unsafeResponseHeader(name: String)
    case alreadyStarted

    package var description: String {
        switch self {
        case .cannotListen(let reason): reason
        case .unsafeResponseHeader(let name):
            "the response header \(name) holds a character that may not stand there"
        case .alreadyStarted: "the server has been started before"
        }
    }
}
