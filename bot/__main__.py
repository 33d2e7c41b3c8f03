from bot.run.cli import main

main()
