# The Debian package: cmake --build build --target package.

install(FILES deploy/debian/sir-cds.service DESTINATION /lib/systemd/system)
install(FILES deploy/debian/sir-cds.toml DESTINATION /etc/sir-cds)
install(FILES deploy/debian/bash-completion DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sir-cds)
# An operator has the pages at hand where there is no network, and the files that they speak of.
file(GLOB pages CONFIGURE_DEPENDS deploy/*.md)
list(REMOVE_ITEM pages ${CMAKE_CURRENT_SOURCE_DIR}/deploy/release-checklist.md)
install(FILES ${pages} deploy/debian/copyright deploy/alerts.yaml CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY deploy/nginx DESTINATION ${CMAKE_INSTALL_DOCDIR})

execute_process(COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/sir-cds.1
  OUTPUT_FILE ${CMAKE_BINARY_DIR}/sir-cds.1.gz COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS deploy/debian/sir-cds.1)
install(FILES ${CMAKE_BINARY_DIR}/sir-cds.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)  # /etc and /lib do not stand below /usr
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME sir-cds)
set(CPACK_PACKAGE_CONTACT "sir-cds maintainers <sir-cds@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Clinical decision support for severe insulin resistance (CDS Hooks)")
set(CPACK_PACKAGE_DESCRIPTION "Tells an electronic health record when a patient's record meets the published
referral criteria for severe insulin resistance, and shows the evidence.
The clinical knowledge in it is a draft that nobody has approved.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tzdata, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(scripts ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${scripts}/conffiles ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm)
include(CPack)
