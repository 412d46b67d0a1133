import Models
import Testing
import WhatsApp

@Suite struct MetaAnswerTests {
    private func outcome(_ status: Int, _ body: String) -> SendOutcome {
        MetaAnswer.outcome(status: status, body: Array(body.utf8))
    }

    @Test func anIDMeansAccepted() {
        #expect(
            outcome(200, #"{"messages":[{"id":"wamid.1"}]}"#)
                == .accepted(ProviderMessageID("wamid.1"), heldForQuality: false)
        )
        #expect(
            outcome(200, #"{"messages":[{"id":"wamid.1","message_status":"held_for_quality_assessment"}]}"#)
                == .accepted(ProviderMessageID("wamid.1"), heldForQuality: true)
        )
    }

    @Test func anErrorObjectMeansRefusedWhateverTheStatus() {
        for status in [200, 400, 429, 500, 503] {
            let outcome = outcome(
                status,
                #"{"error":{"code":131056,"error_subcode":2,"message":"m","error_data":{"details":"d"},"fbtrace_id":"t"}}"#
            )
            let error = ProviderError(
                code: 131_056,
                subcode: 2,
                httpStatus: status,
                details: "d",
                traceID: "t"
            )
            #expect(outcome == .refused(error))
        }
    }

    @Test func aRefusalWithoutACodeIsARefusalAllTheSame() {
        #expect(
            outcome(404, "<html>") == .refused(ProviderError(code: ProviderError.noCode, httpStatus: 404))
        )
    }

    @Test(arguments: [
        (200, ""), (200, "{}"), (200, #"{"messages":[]}"#), (200, #"{"messages":[{"id":""}]}"#),
        (200, "<html>"),
        (502, "<html>"), (500, ""), (302, ""), (500, #"{"error":"text"}"#),
    ])
    func whatSaysNeitherYesNorNoLeavesItUnanswered(_ status: Int, _ body: String) {
        #expect(outcome(status, body) == .unanswered(.unreadable))
    }
}
