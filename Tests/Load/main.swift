internal import Glibc
internal import Runtime

Log.bootstrap(service: "load", level: .warning)
switch LoadOptions.parse(CommandLine.arguments.dropFirst()) {
case .help:
    print(LoadOptions.help)
case .wrong(let problem):
    print(problem)
    print(LoadOptions.help)
    exit(2)
case .options(let options):
    do {
        let target = try LoadTarget()
        let isSound = try await LoadRun(options: options, target: target).run()
        exit(isSound ? 0 : 1)
    } catch {
        print("the load could not be run: \(error)")
        exit(1)
    }
}
