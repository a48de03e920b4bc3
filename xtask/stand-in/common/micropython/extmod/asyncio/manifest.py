package("asyncio", ("__init__.py", "core.py"), base_path="..")
