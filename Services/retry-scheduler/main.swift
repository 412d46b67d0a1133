import ServiceKit

await ServiceMain.run("retry-scheduler", settings: SchedulerSettings.init, build: Scheduler.build)
