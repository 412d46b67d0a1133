/// Recipients of a portfolio and sends of a day, reserved before the claim.
package struct ReservationStore: Sendable {
    /// A minute's recipients count until the last of them is a day old.
    static let keptFor = "interval '24 hours 1 minute'"
}
