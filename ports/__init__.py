"""Outside systems and file formats. Each system has one small interface and a stand-in with the real protocol."""
