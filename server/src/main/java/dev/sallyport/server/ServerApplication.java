package dev.sallyport.server;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/// Where Spring begins to look for the rooms.
@SpringBootApplication(proxyBeanMethods = false)
class ServerApplication {}
