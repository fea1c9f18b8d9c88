libmemsim_a_SOURCES += \
	sim/engine/clock.c \
	sim/engine/clock.h \
	sim/engine/event.c \
	sim/engine/event.h \
	sim/engine/event_heap.c \
	sim/engine/event_heap.h
