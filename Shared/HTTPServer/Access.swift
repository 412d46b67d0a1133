/// What is known of a request once it has been answered, for metrics. Nothing in it is chosen by the client.
package struct Access: Sendable {
    /// `nil` where no request could be read.
    package var method: HTTPMethod?
    /// The pattern, such as `/v1/messages/{id}`; `(none)` where none matched, `(refused)` where no request
    /// could be read.
    package var route: String
    package var status: Int
    /// From the arrival of the whole request to the answer, or to the first byte of a stream.
    package var seconds: Double
}
