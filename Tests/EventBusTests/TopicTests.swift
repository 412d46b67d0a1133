import EventBus
import Runtime
import Testing

@Suite struct TopicTests {
    @Test func theTopicsFileSaysTheSameAsTheCode() throws {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(SmallFile.text(at: "/\(path)/deploy/kafka/topics.txt"))
        let expected = Topic.allCases.map { topic in
            TopicLine(
                name: topic.name(),
                partitions: topic.partitions,
                retentionMilliseconds: topic.retention.components.seconds * 1_000
            )
        }
        #expect(
            try TopicLine.parse(file).sorted { $0.name < $1.name } == expected.sorted { $0.name < $1.name }
        )
    }

    @Test func commentsAndEmptyLinesAreLeftOut() throws {
        let lines = try TopicLine.parse("# all\n\n  a.b\t3 1000 # not much\r\n")
        #expect(lines == [TopicLine(name: "a.b", partitions: 3, retentionMilliseconds: 1_000)])
    }

    @Test(arguments: ["a.b 3", "a.b three 1000", "a.b 0 1000", "a.b 3 -1", "a.b 3 1000 more"])
    func aWrongLineIsNamedByItsNumber(line: String) {
        #expect(throws: TopicLine.Malformed(line: 2)) { try TopicLine.parse("# first\n\(line)\n") }
    }
}
