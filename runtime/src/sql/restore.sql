SELECT {settings};
