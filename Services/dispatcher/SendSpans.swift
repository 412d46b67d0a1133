import Kafka
import Models
import Runtime
import Storage
import WhatsApp

/// What the spans of a send say about it: ids, codes and words of ours; no number, body or token.
enum SendSpans {
    static func attributes(
        ofProcessing ticket: Ticket, _ message: ClaimedMessage, _ outcome: SendOutcome
    ) -> Span.Attributes {
        [
            ("messaging.system", .text("kafka")), ("messaging.operation.type", .text("process")),
            ("messaging.destination.name", .text(ticket.record.topic)),
            ("tidings.tenant.id", .text(ticket.tenantID.description)),
            ("tidings.sender.id", .text(ticket.senderID.description)),
            ("tidings.lane", .text(message.lane.name)), ("tidings.attempt", .integer(message.attempt)),
            ("tidings.outcome", .text(word(outcome))),
        ]
    }

    static func attributes(ofCall answer: ProviderAnswer, host: String) -> Span.Attributes {
        var attributes: Span.Attributes = [
            ("http.request.method", .text("POST")), ("server.address", .text(host)),
            ("tidings.outcome", .text(word(answer.outcome))),
        ]
        if let status = answer.httpStatus { attributes.append(("http.response.status_code", .integer(status))) }
        if let failure = failure(answer.outcome) { attributes.append(("error.type", .text(failure))) }
        return attributes
    }

    static func failure(_ outcome: SendOutcome) -> String? {
        switch outcome {
        case .accepted: nil
        case .refused(let error): "\(error.code)"
        case .notSent(let reason): reason.rawValue
        case .unanswered(let reason): reason.rawValue
        }
    }

    private static func word(_ outcome: SendOutcome) -> String {
        switch outcome {
        case .accepted: "accepted"
        case .refused: "refused"
        case .notSent: "not_sent"
        case .unanswered: "unanswered"
        }
    }
}
